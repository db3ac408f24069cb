"""`OrquestradorCentral`: its mappings, its status, its answers."""

import gc
import json
import re
import threading
import weakref
from collections.abc import Callable, Generator, MutableMapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import orquestrador
import orquestrador_central
from orquestrador import OrquestradorCentral
from orquestrador.interface.guide.threads import MOST_ENDED, ActiveThreads
from orquestrador.state import is_held
from orquestrador.supervisor import ChildStarted, RenewChild

Configure = Callable[..., None]
Until = Callable[[Callable[[], object]], None]

QUIET = {"backup_auto": False, "gerar_relatorios": False}
KEYS = {
    *("sucesso", "erro", "inicio", "fim", "timestamp", "arquivos_processados"),
    *("arquivos_classificados", "erros", "diretorios_processados"),
    *("relatorios_gerados", "backup_realizado"),
}
NAMES = ["classificador", "monitor", "backup", "relatorios"]


@contextmanager
def in_a_thread(central: Any, command: str, **given: Any) -> Generator[dict[str, Any]]:
    """Run a command beside the block; its answer is there after it."""
    answer: dict[str, Any] = {}

    def run() -> None:
        answer.update(central.executar_comando_completo(command, given))

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield answer
    finally:
        thread.join(60)
        assert not thread.is_alive()


# -- names -----------------------------------------------------------------------------


def test_it_is_made_without_arguments_and_starts_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Guide: G02."""
    monkeypatch.chdir(tmp_path)
    threads = set(threading.enumerate())

    central = OrquestradorCentral()

    assert central.threads_ativas == {}
    assert isinstance(central.threads_ativas, MutableMapping)
    assert isinstance(central.componentes, MutableMapping)
    assert set(central.componentes) == {
        "classificador",
        "monitor",
        "relatorios",
        "backup",
    }
    assert {each.status for each in central.componentes.values()} == {"inativo"}
    assert central.base_path == tmp_path
    assert set(threading.enumerate()) <= threads
    assert list(tmp_path.iterdir()) == []


def test_every_name_of_the_guide_is_importable_from_both_places() -> None:
    """Guide: G02."""
    assert set(orquestrador_central.__all__) <= set(orquestrador.__all__)
    for name in orquestrador_central.__all__:
        assert getattr(orquestrador, name) is getattr(orquestrador_central, name)


def test_all_commands_answer_with_all_keys(central: Any) -> None:
    """Guide: G02."""
    for command in (
        *("status_sistema", "classificar_tudo", "gerar_relatorio_executivo"),
        *("backup_completo", "monitorar_tempo_real", "parar_sistema", "no such thing"),
    ):
        answer = central.executar_comando_completo(command)

        assert set(answer) >= KEYS, command
        assert json.loads(json.dumps(answer)) == answer
        assert answer["sucesso"] is (command != "no such thing"), answer
        for key in ("inicio", "fim", "timestamp"):
            assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+[+-]\d\d:\d\d", answer[key])


def test_reports_and_a_backup_are_answered_with_their_places(central: Any) -> None:
    central.executar_comando_completo("classificar_tudo", QUIET)
    report = central.executar_comando_completo(
        "gerar_relatorio_executivo", {"formatos": ["json", "csv", "md", "pdf"]}
    )
    backup = central.executar_comando_completo("backup_completo")
    again = central.executar_comando_completo("backup_completo")

    paths = [Path(each) for each in report["relatorios"]]
    assert [path.suffix for path in paths] == [".json", ".csv", ".md", ".pdf"]
    assert json.loads(paths[0].read_text(encoding="utf-8"))
    assert all(path.stat().st_size > 1000 for path in paths)
    assert backup["arquivos_copiados"] > 60
    assert Path(backup["backup_path"]).is_dir()
    assert (again["snapshot"], again["arquivos_copiados"]) == (None, 0)


def test_the_demonstration_leaves_the_library_alone(central: Any, base: Path) -> None:
    before = sorted(base.rglob("*"))

    answer = central.executar_comando_completo("demo_completo")

    assert answer["sucesso"], answer
    assert answer["arquivos_processados"] == 6
    assert all(step["sucesso"] for step in answer["passos"])
    assert sorted(base.rglob("*")) == before


@pytest.mark.parametrize(
    ("command", "parameters", "words"),
    [
        ("classificar_tud", {}, "quis dizer 'classificar_tudo'"),
        ("classificar_tudo", {"nivell": "x"}, "quis dizer 'nivel'"),
        ("classificar_tudo", {"nivel": "fundo"}, "'completo' ou 'rapido'"),
        ("classificar_tudo", {"timeout": -1}, "segundos"),
        ("classificar_diretorio", {}, "diga o 'diretorio'"),
        ("classificar_diretorio", {"diretorio": 3}, "uma pasta ou uma lista"),
        ("classificar_diretorio", {"diretorio": "/nowhere"}, "a pasta não existe"),
        ("gerar_relatorio_executivo", {"formatos": ["docx"]}, "não é permitido"),
    ],
)
def test_a_mistake_is_an_answer_that_says_what_is_allowed(
    central: Any, command: str, parameters: dict[str, Any], words: str
) -> None:
    answer = central.executar_comando_completo(command, parameters)

    assert answer["sucesso"] is False
    assert words in answer["erro"]


def test_settings_that_cannot_be_used_are_an_answer(
    configure: Configure, central: Any
) -> None:
    configure(max_threads="many")

    answer = central.executar_comando_completo("classificar_tudo")

    assert answer["sucesso"] is False
    assert "as configurações não podem ser usadas" in answer["erro"]


def test_a_file_under_two_given_folders_counts_once(central: Any) -> None:
    once = central.executar_comando_completo(
        "classificar_diretorio", {"diretorio": "CODIGO_FONTE_LIBRARY"} | QUIET
    )
    twice = central.executar_comando_completo(
        "classificar_diretorio",
        QUIET | {"diretorio": ["CODIGO_FONTE_LIBRARY", "CODIGO_FONTE_LIBRARY/Experts"]},
    )

    assert twice["arquivos_processados"] == once["arquivos_processados"] > 60


# -- the system that is held -----------------------------------------------------------


def test_the_system_lives_as_long_as_somebody_uses_it(base: Path, until: Until) -> None:
    first, second = OrquestradorCentral(base), OrquestradorCentral(base)
    state = first.library / ".orquestrador"
    first.executar_comando_completo("classificar_tudo", QUIET)
    assert second.executar_comando_completo("backup_completo")["sucesso"]
    gone = weakref.ref(first)
    del first
    gc.collect()
    assert gone() is None
    assert is_held(state)

    del second
    gc.collect()

    until(lambda: not is_held(state))


def test_other_settings_hold_from_the_next_command_on(
    configure: Configure, central: Any
) -> None:
    configure(processamento_paralelo=False)
    central.executar_comando_completo("classificar_tudo", QUIET)
    first = central._place.held.running
    central.executar_comando_completo("classificar_tudo", QUIET)
    assert central._place.held.running is first

    configure(processamento_paralelo=True, max_threads=1)
    central.executar_comando_completo("classificar_tudo", QUIET)

    assert central._place.held.running.settings.classification.engine == "processes"


def test_commands_of_several_threads_are_all_done(central: Any) -> None:
    answers: list[dict[str, Any]] = []
    commands: list[tuple[str, dict[str, Any]]] = [
        ("classificar_tudo", QUIET),
        ("classificar_diretorio", {"diretorio": "CODIGO_FONTE_LIBRARY/Experts"}),
        ("gerar_relatorio_executivo", {}),
        ("backup_completo", {}),
        ("status_sistema", {}),
    ] * 2

    def run(command: str, given: dict[str, Any]) -> None:
        answers.append(central.executar_comando_completo(command, given))

    threads = [threading.Thread(target=run, args=each) for each in commands]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert [each["erro"] for each in answers] == [None] * len(commands)


def test_a_stop_ends_the_commands_that_are_under_way(
    central: Any, slowly: None, until: Until
) -> None:
    with in_a_thread(central, "classificar_tudo") as answer:
        until(lambda: central._obter_status_sistema()["status"] == "executando")

        stopped = central.executar_comando_completo("parar_sistema")

    assert (stopped["sucesso"], stopped["parado"]) == (True, True)
    assert answer["sucesso"] is False
    assert "o sistema foi parado" in answer["erro"]
    assert not is_held(central.library / ".orquestrador")
    again = central.executar_comando_completo("parar_sistema")
    assert (again["sucesso"], again["parado"]) == (True, False)


# -- status ----------------------------------------------------------------------------


def test_the_status_while_running_and_after(central: Any, slowly: None) -> None:
    """Guide: G13."""
    orquestrador = central
    before = orquestrador._obter_status_sistema()
    seen: list[dict[str, Any]] = []
    with in_a_thread(central, "classificar_tudo", **QUIET):
        while "classificador" not in (seen or [before])[-1]["threads_ativas"]:
            seen.append(orquestrador._obter_status_sistema())
        status = seen[-1]
        assert status["threads_ativas"] == NAMES
        assert set(status["componentes"].values()) == {"ativo"}
        assert set(status["componentes"]) == set(NAMES)
        assert status["status"] == "executando"
        assert status["ultimo_log"]["message"]
        assert set(status["metricas_tempo_real"]) >= {
            *("threads_ativas", "files_processed", "success_rate"),
            *("memory_usage", "cpu_usage"),
        }
    central.executar_comando_completo("parar_sistema")
    after = orquestrador._obter_status_sistema()

    for each in (before, after):
        assert each["status"] == "parado"
        assert each["threads_ativas"] == []
        assert set(each["componentes"].values()) == {"inativo"}
    statuses = list(dict.fromkeys(each["status"] for each in seen))
    assert set(statuses) <= {"parado", "iniciando", "executando"}
    assert json.loads(json.dumps(status)) == status


def test_a_suspended_classifier_is_a_pause(central: Any) -> None:
    """Guide: G13."""
    central.executar_comando_completo("classificar_tudo", QUIET)
    system = central._place.held.running.system
    system.suspend("classifier")

    assert central._obter_status_sistema()["status"] == "pausado"


# -- threads_ativas --------------------------------------------------------------------


def test_the_guide_s_loop_meets_living_and_ended_ones(
    central: Any, capsys: pytest.CaptureFixture[str], slowly: None
) -> None:
    """Guide: G21."""
    orquestrador = central
    central.executar_comando_completo(
        "classificar_diretorio", QUIET | {"diretorio": "CODIGO_FONTE_LIBRARY/Scripts"}
    )

    for nome, thread in orquestrador.threads_ativas.items():
        if thread.is_alive():
            print(f"Thread ativa: {nome}")  # noqa: T201
        else:
            print(f"Thread finalizada: {nome}")  # noqa: T201

    assert capsys.readouterr().out.splitlines() == [
        "Thread finalizada: classificador:CODIGO_FONTE_LIBRARY/Scripts",
        *(f"Thread ativa: {name}" for name in NAMES),
    ]


def test_a_folder_is_among_the_threads_while_it_is_classified(
    central: Any, slowly: None, until: Until
) -> None:
    """Guide: G21."""
    name = "classificador:CODIGO_FONTE_LIBRARY/Experts"
    folder = {"diretorio": "CODIGO_FONTE_LIBRARY/Experts"}
    with in_a_thread(central, "classificar_diretorio", **QUIET, **folder):
        until(lambda: name in central.threads_ativas)
        handle = central.threads_ativas[name]
        assert handle.name == name
        assert handle.is_alive()
        with pytest.raises(ValueError, match="está ativa"):
            del central.threads_ativas[name]
        handle.join(timeout=60)
    assert not handle.is_alive()


def cleanup_threads(orquestrador: Any) -> None:
    # The guide's own, word for word.
    for nome, thread in list(orquestrador.threads_ativas.items()):
        if not thread.is_alive():
            del orquestrador.threads_ativas[nome]


def test_ended_ones_are_deleted_as_the_guide_does_it(central: Any) -> None:
    """Guide: G23."""
    folder = {"diretorio": "CODIGO_FONTE_LIBRARY/Scripts"}
    central.executar_comando_completo("classificar_diretorio", QUIET | folder)
    assert len(central.threads_ativas) == 5

    cleanup_threads(central)
    assert list(central.threads_ativas) == NAMES
    central.executar_comando_completo("parar_sistema")
    cleanup_threads(central)

    assert central.threads_ativas == {}


def test_a_handle_outlives_restarts_of_the_actor_and_of_the_system(
    central: Any, until: Until
) -> None:
    """Guide: G21."""
    central.executar_comando_completo("classificar_tudo", QUIET)
    handle = central.threads_ativas["backup"]
    system = central._place.held.running.system
    restarted: list[ChildStarted] = []
    central.subscribe(ChildStarted, restarted.append)
    system.ref("services").ask(RenewChild(id="backup"), block=True, timeout=30)
    until(lambda: restarted)
    assert handle.is_alive()
    central.executar_comando_completo("parar_sistema")
    assert not handle.is_alive()

    central.executar_comando_completo("backup_completo")

    assert handle.is_alive()
    assert central.threads_ativas["backup"] is handle


def test_the_last_hundred_ended_ones_are_kept() -> None:
    """Guide: G23."""
    threads = ActiveThreads()
    with threads.at_work("alive"):
        for number in range(MOST_ENDED + 20):
            with threads.at_work(f"{number}"):
                pass
        assert threads.alive() == ["alive"]
        assert len(threads) <= MOST_ENDED + 2
        assert f"{MOST_ENDED + 19}" in threads
        assert "0" not in threads


def test_deleting_while_it_is_gone_through_harms_nobody() -> None:
    """Guide: G23."""
    threads = ActiveThreads()
    for name in "abc":
        with threads.at_work(name):
            pass

    for name in threads:
        del threads[name]

    assert dict(threads) == {}


def test_two_at_work_under_one_name_end_with_the_last() -> None:
    threads = ActiveThreads()
    with threads.at_work("a"):
        handle = threads["a"]
        with threads.at_work("a"):
            assert threads["a"] is handle
        assert handle.is_alive()
    handle.join()
    assert not handle.is_alive()
