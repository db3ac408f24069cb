"""The guide's script and class, as the guide writes them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from orquestrador.interface.guide.central import OrquestradorCentral

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
