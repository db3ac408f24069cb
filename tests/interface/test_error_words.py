"""What went wrong is told in the language of the screen, and raised in English."""

import importlib.resources
import json
import sys
from pathlib import Path

import pytest

from orquestrador.config import loader
from orquestrador.errors import SettingsError
from orquestrador.interface.cli import main
from orquestrador.interface.error_words import error_text
from orquestrador.interface.translation import choose, using

sys.path.insert(0, str(Path(__file__).parent))
from raised import error_shapes

LIST = importlib.resources.files("orquestrador.interface") / "errors.json"
PORTUGUESE = choose("pt_BR", {})


@pytest.mark.parametrize(
    ("error", "told"),
    [
        ("the page is not open", "a página não está aberta"),
        (
            "a.mq4 is not there (looked in /x (y))",
            "a.mq4 não está lá (procurado em /x (y))",
        ),
        (
            "the report could not be written: cannot read /a: no space left",
            "o relatório não pôde ser escrito: não foi possível ler /a: no space left",
        ),
        (
            "/a.json: library.x: is a section; write its settings, such as b.c",
            "/a.json: library.x: é uma seção; escreva as configurações dela, como b.c",
        ),
        (
            "rule r.a: '*' at 3 repeats without a bound; write {0,80} or the like",
            "regra r.a: '*' em 3 repete sem limite; escreva {0,80} ou algo assim",
        ),
        ("of no sentence that is known here", "of no sentence that is known here"),
    ],
)
def test_a_sentence_is_found_again_and_its_blanks_are_kept(
    error: str, told: str
) -> None:
    with using(PORTUGUESE):
        assert error_text(error) == told
    assert error_text(error) == error


def test_every_problem_of_the_settings_is_told() -> None:
    error = SettingsError("a.json: is not a setting; did you mean b?", "c: x\ny")

    with using(PORTUGUESE):
        first, *others = error_text(error).split("\n")

    assert first == "a.json: não é uma configuração; quis dizer b?"
    assert others == str(error).split("\n")[1:]


def test_a_command_tells_it_and_the_exception_stays_english(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "orquestrador.json"
    file.write_text('{"backup": 5}', encoding="utf-8")

    assert main(["--lang", "pt_BR", "--library", str(tmp_path), "classify"]) == 2

    shown = capsys.readouterr().err
    assert "backup: é uma seção; escreva as configurações dela" in shown
    with pytest.raises(SettingsError, match="is a section; write its settings"):
        loader.load_settings(tmp_path, environment={})


def test_the_list_that_is_installed_is_what_the_rooms_raise() -> None:
    assert json.loads(LIST.read_text("utf-8")) == sorted(error_shapes())
