"""Limits, signals, stuck actors: what goes wrong, and what is left of it."""

import signal
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from orquestrador import reports
from orquestrador.actors.library_run import LibraryRun
from orquestrador.snapshots import SnapshotRepository
from orquestrador.state import is_held
from orquestrador.supervisor import ChildStuck

Configure = Callable[..., None]
Grow = Callable[..., None]
Until = Callable[[Callable[[], object]], None]

QUIET = {"backup_auto": False, "gerar_relatorios": False}
posix = pytest.mark.skipif(sys.platform == "win32", reason="SIGALRM is POSIX's")


def test_the_answer_comes_at_the_limit_and_names_the_part(
    central: Any, slowly: None, configure: Configure, grow: Grow, until: Until
) -> None:
    """Guide: G12."""
    configure(max_threads=1, classification={"batch_bytes": 1024})
    grow(central.library, 400)
    began = time.monotonic()
    answer = central.executar_comando_completo("classificar_tudo", {"timeout": 6})
    took_s = time.monotonic() - began

    assert answer["sucesso"] is False
    assert "a classificação" in answer["erro"]
    assert "o backup" in answer["erro"]
    assert took_s > 5.9
    # The work itself would take twenty seconds and more.
    done = answer["arquivos_processados"]
    assert 0 < done < 400

    # The work has ended, nothing is locked, and what is done is kept.
    until(lambda: not is_held(central.library / ".orquestrador"))
    metrics = central._coletar_metricas_tempo_real()
    assert done <= metrics["files_processed"] < 400
    backup = central.executar_comando_completo("backup_completo")
    assert backup["sucesso"], backup
    folder = {"diretorio": "CODIGO_FONTE_LIBRARY/Scripts"}
    again = central.executar_comando_completo("classificar_diretorio", QUIET | folder)
    assert again["sucesso"], again


def test_the_settings_limit_holds_too(
    central: Any, slowly: None, configure: Configure, grow: Grow
) -> None:
    """Guide: G11, G12."""
    configure(timeout_operacoes=1, max_threads=1)
    grow(central.library, 400)
    began = time.monotonic()

    answer = central.executar_comando_completo("classificar_tudo", QUIET)

    assert answer["erro"] == (
        "tempo esgotado: a classificação não terminou; o que foi feito até agora "
        "fica guardado"
    )
    assert time.monotonic() - began > 0.9


@pytest.mark.parametrize(
    ("command", "slow", "part"),
    [
        (
            "backup_completo",
            (SnapshotRepository, "create_steps"),
            "o backup não terminou",
        ),
        (
            "gerar_relatorio_executivo",
            (reports, "report_library"),
            "os relatórios não terminaram",
        ),
    ],
)
def test_a_backup_and_a_report_that_take_too_long_are_named(
    central: Any,
    monkeypatch: pytest.MonkeyPatch,
    command: str,
    slow: tuple[object, str],
    part: str,
) -> None:
    """Guide: G12."""
    release = threading.Event()
    original = getattr(*slow)

    def wait(*given: Any, **more: Any) -> Any:
        release.wait(20)
        return original(*given, **more)

    central.executar_comando_completo("classificar_tudo", QUIET)
    with monkeypatch.context() as patched:
        patched.setattr(slow[0], slow[1], wait)
        answer = central.executar_comando_completo(command, {"timeout": 0.5})
    release.set()

    assert answer["sucesso"] is False
    assert answer["erro"].startswith(f"tempo esgotado: {part}")
    assert central.executar_comando_completo(command)["sucesso"]


def test_work_that_anothers_limit_has_ended_is_done_again(
    central: Any, slowly: None, until: Until
) -> None:
    """Guide: G12."""
    answers: dict[str, Any] = {}

    def run(name: str, command: str, **given: Any) -> None:
        answers[name] = central.executar_comando_completo(command, QUIET | given)

    hasty = threading.Thread(
        target=run, args=("hasty", "classificar_tudo"), kwargs={"timeout": 1}
    )
    patient = threading.Thread(
        target=run,
        args=("patient", "classificar_diretorio"),
        kwargs={"diretorio": "CODIGO_FONTE_LIBRARY/Scripts"},
    )
    hasty.start()
    until(lambda: central._place.held.running)
    patient.start()
    hasty.join(30)
    patient.join(60)

    assert "tempo esgotado" in answers["hasty"]["erro"]
    assert answers["patient"]["erro"] is None


@posix
def test_the_guide_s_alarm_comes_out_and_nothing_stays_locked(
    central: Any, slowly: None, until: Until
) -> None:
    """Guide: G22."""

    def timeout_handler(signum: int, frame: object) -> None:
        raise TimeoutError("Operação excedeu timeout")

    before = signal.signal(signal.SIGALRM, timeout_handler)
    try:
        signal.alarm(1)
        with pytest.raises(TimeoutError, match="Operação excedeu timeout"):
            central.executar_comando_completo("classificar_tudo", QUIET)
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)

    until(lambda: not is_held(central.library / ".orquestrador"))
    folder = {"diretorio": "CODIGO_FONTE_LIBRARY/Scripts"}
    again = central.executar_comando_completo("classificar_diretorio", QUIET | folder)
    assert again["sucesso"], again


@posix
@pytest.mark.filterwarnings(
    # One that comes in a callback of the interpreter's own is lost there.
    "ignore::pytest.PytestUnraisableExceptionWarning"
)
def test_an_alarm_may_come_at_any_moment(central: Any, until: Until) -> None:
    """Guide: G22."""

    def timeout_handler(signum: int, frame: object) -> None:
        raise TimeoutError("Operação excedeu timeout")

    before = signal.signal(signal.SIGALRM, timeout_handler)
    came_out = 0
    try:
        for number in range(12):
            signal.setitimer(signal.ITIMER_REAL, 0.02 + 0.03 * number)
            try:
                central.executar_comando_completo("backup_completo")
            except TimeoutError:
                came_out += 1
            finally:
                signal.setitimer(signal.ITIMER_REAL, 0)
    finally:
        signal.signal(signal.SIGALRM, before)

    assert came_out >= 1
    assert central.executar_comando_completo("backup_completo")["sucesso"]


def test_a_timeout_parameter_is_the_form_that_works_everywhere(central: Any) -> None:
    """Guide: G22."""
    answer = central.executar_comando_completo("classificar_tudo", {"timeout": 3600})

    assert answer["sucesso"], answer


def test_a_stuck_actor_is_named_and_replaced_and_its_work_goes_on(
    central: Any, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Guide: G21, G24."""
    release = threading.Event()
    advance = LibraryRun.advance
    stuck: list[int] = []

    def get_stuck(self: LibraryRun, until: float) -> None:
        if not stuck:
            stuck.append(1)
            release.wait(60)
        advance(self, until)

    monkeypatch.setattr("orquestrador.tree.library._STUCK_AFTER_S", 0.5)
    monkeypatch.setattr(LibraryRun, "advance", get_stuck)
    seen: list[ChildStuck] = []
    alive: list[bool] = []
    central.subscribe(ChildStuck, seen.append)

    def look(_event: ChildStuck) -> None:
        alive.append(central.threads_ativas["classificador"].is_alive())

    central.subscribe(ChildStuck, look)
    try:
        answer = central.executar_comando_completo("classificar_tudo", QUIET)
    finally:
        release.set()

    assert answer["sucesso"], answer
    assert answer["arquivos_processados"] > 60
    until(lambda: alive)
    assert [each.child for each in seen] == ["classifier"]
    assert alive == [True]


def test_a_system_that_failed_is_an_error_and_the_next_command_starts_another(
    central: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Guide: G24."""

    def fail(_actor: object) -> None:
        raise OSError("no more handles")

    with monkeypatch.context() as broken:
        broken.setattr("orquestrador.actors.MonitorActor.on_start", fail)
        answer = central.executar_comando_completo("classificar_tudo", QUIET)
        assert answer["sucesso"] is False
        assert "no more handles" in answer["erro"]
        assert central._obter_status_sistema()["status"] == "erro"
    assert central.executar_comando_completo("classificar_tudo", QUIET)["sucesso"]
    assert central._obter_status_sistema()["status"] == "executando"
