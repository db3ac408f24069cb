"""The guide's script and class, as the guide writes them."""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from orquestrador.interface.guide.central import OrquestradorCentral
from orquestrador.state import is_held, read_owner

PROGRAMS = Path(__file__).parent / "programs"
SCRIPT = Path(__file__).parents[2] / "orquestrador_central.py"


def _script(base: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, str(SCRIPT), *arguments],
        cwd=base,
        capture_output=True,
        timeout=100,
        check=False,
        env={**os.environ, "PYTHONIOENCODING": "cp1252"},
    )


def test_the_script_classifies_everything_and_answers_with_json(base: Path) -> None:
    ended = _script(base, "classificar_tudo")

    assert ended.returncode == 0, ended.stderr
    answer = json.loads(ended.stdout.decode("utf-8"))
    assert answer["sucesso"] is True
    assert answer["arquivos_processados"] > 60
    assert answer["backup_realizado"] is True
    assert all(Path(each).is_file() for each in answer["relatorios_gerados"])
    assert (base / "CODIGO_FONTE_LIBRARY" / ".orquestrador").is_dir()


def test_an_unknown_command_is_an_answer_with_the_nearest_name(base: Path) -> None:
    ended = _script(base, "classificar_tud")

    answer = json.loads(ended.stdout.decode("utf-8"))
    assert ended.returncode == 1
    assert answer["sucesso"] is False
    assert "classificar_tudo" in answer["erro"]
    assert "classificar_tudo" in answer["comandos_disponiveis"]


def test_parameters_come_as_json(base: Path) -> None:
    words = '{"nivel": "rapido", "backup_auto": false, "gerar_relatorios": false}'
    ended = _script(base, "classificar_tudo", words)

    answer = json.loads(ended.stdout)
    assert (answer["backup_realizado"], answer["relatorios_gerados"]) == (False, [])


def test_a_missing_folder_does_not_stop_the_others(base: Path) -> None:
    answer = OrquestradorCentral(base).executar_comando_completo(
        "classificar_diretorio",
        {"diretorio": ["CODIGO_FONTE_LIBRARY/Experts", "CODIGO_FONTE_LIBRARY/nada"]},
    )

    assert answer["sucesso"] is True
    assert [bool(each["erro"]) for each in answer["diretorios_processados"]] == [
        False,
        True,
    ]
    assert answer["arquivos_processados"] > 10


@pytest.mark.parametrize(
    "parameters", [{"nivel": "fundo"}, {"nivell": "completo"}, {"timeout": "já"}]
)
def test_a_wrong_parameter_is_an_answer_and_no_exception(
    base: Path, parameters: dict[str, object]
) -> None:
    answer = OrquestradorCentral(base).executar_comando_completo(
        "classificar_tudo", parameters
    )

    assert answer["sucesso"] is False
    assert answer["erro"]


def test_the_guides_settings_are_read_from_its_place(base: Path) -> None:
    place = base / "Development" / "config"
    place.mkdir(parents=True)
    settings = {"max_threads": 1, "auto_backup": False, "processamento_paralelo": False}
    (place / "orquestrador.json").write_text(json.dumps(settings), encoding="utf-8")

    answer = OrquestradorCentral(base).executar_comando_completo("classificar_tudo")

    assert answer["sucesso"] is True
    assert answer["backup_realizado"] is False


# -- as the guide writes it ------------------------------------------------------------


def test_the_guide_s_own_call_prints_one_document(base: Path) -> None:
    """Guide: G07."""
    shutil.copy(SCRIPT, base / "orquestrador_central.py")
    ended = subprocess.run(
        [sys.executable, "orquestrador_central.py", "classificar_tudo"],
        cwd=base,
        capture_output=True,
        timeout=100,
        check=False,
    )

    assert ended.returncode == 0, ended.stderr
    answer = json.loads(ended.stdout)
    assert answer["sucesso"] is True
    assert answer["diretorios_processados"] == [
        {"diretorio": str(base / "CODIGO_FONTE_LIBRARY"), "erro": None}
    ]
    assert answer["arquivos_classificados"] > 60
    assert not is_held(base / "CODIGO_FONTE_LIBRARY" / ".orquestrador")


def test_the_installed_module_is_the_same_script(base: Path) -> None:
    """Guide: G07."""
    ended = subprocess.run(
        [sys.executable, "-m", "orquestrador_central", "backup_completo"],
        cwd=base,
        capture_output=True,
        timeout=100,
        check=False,
    )

    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout)["arquivos_copiados"] > 60


def test_a_wrong_call_is_said_on_standard_error(base: Path) -> None:
    """Guide: G07."""
    for arguments in ((), ("a", "b", "c"), ("status_sistema", "no json")):
        ended = _script(base, *arguments)
        assert (ended.returncode, ended.stdout) == (2, b"")
        assert ended.stderr


def test_a_second_terminal_sees_the_first_one_s_work(base: Path) -> None:
    """Guide: G08, G13."""
    with subprocess.Popen(
        [sys.executable, str(PROGRAMS / "slow_central.py"), "classificar_tudo"],
        cwd=base,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(PROGRAMS)},
    ) as first:
        try:
            _wait_for_control(base)
            status = json.loads(_script(base, "status_sistema").stdout)
            watched = json.loads(_script(base, "monitorar_tempo_real").stdout)
            assert first.poll() is None, "the first was over too early"
            output, _ = first.communicate(timeout=60)
        finally:
            first.kill()

    assert json.loads(output)["sucesso"] is True
    assert status["status"] == "executando"
    assert set(status["componentes"].values()) == {"ativo"}
    names = ["classificador", "monitor", "relatorios", "backup"]
    assert status["threads_ativas"] == names
    assert sorted(watched["metricas"]["threads_ativas"]) == sorted(names)
    assert "Run 1 began" in status["ultimo_log"]["message"]


def test_a_stop_reaches_the_first_terminal(base: Path) -> None:
    """Guide: G08."""
    with subprocess.Popen(
        [sys.executable, str(PROGRAMS / "slow_central.py"), "classificar_tudo"],
        cwd=base,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(PROGRAMS)},
    ) as first:
        try:
            _wait_for_control(base)
            stopped = json.loads(_script(base, "parar_sistema").stdout)
            output, _ = first.communicate(timeout=60)
        finally:
            first.kill()

    assert stopped["parado"] is True
    assert stopped["processo"] == first.pid
    answer = json.loads(output)
    assert first.returncode == 1
    assert "o sistema foi parado" in answer["erro"]


def _wait_for_control(base: Path) -> None:
    state = base / "CODIGO_FONTE_LIBRARY" / ".orquestrador"
    limit = time.monotonic() + 30
    while not (is_held(state) and (owner := read_owner(state)) and owner.control):
        assert time.monotonic() < limit
        time.sleep(0.02)
    log = state / "log"
    while not any(b"Run 1 began" in each.read_bytes() for each in log.iterdir()):
        assert time.monotonic() < limit
        time.sleep(0.02)


TOP_LEVEL = """\
import multiprocessing
multiprocessing.set_start_method("spawn")
from orquestrador_central import OrquestradorCentral
print("once")
orquestrador = OrquestradorCentral()
resultado = orquestrador.executar_comando_completo(
    "classificar_tudo",
    {"nivel": "completo", "backup_auto": True}
)
print(resultado["sucesso"], resultado["backup_realizado"])
"""


def test_it_works_at_the_top_level_of_a_script(base: Path) -> None:
    """Guide: G15."""
    script = base / "exemplo.py"
    script.write_text(TOP_LEVEL, encoding="utf-8")

    ended = subprocess.run(
        [sys.executable, str(script)],
        cwd=base,
        capture_output=True,
        timeout=100,
        text=True,
        check=False,
    )

    assert ended.stderr == ""
    assert ended.stdout.splitlines() == ["once", "True True"]
    assert ended.returncode == 0
    assert not is_held(base / "CODIGO_FONTE_LIBRARY" / ".orquestrador")
