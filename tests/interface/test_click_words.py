"""Click's own words follow the screen's language, and nothing of it is left behind."""

import gettext
import os

import pytest

from orquestrador.interface.cli import main


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["serch"], "Erro: Não há o comando 'serch'. Quis dizer search?"),
        (["search", "--foo"], "Erro: Não há a opção '--foo'."),
        (["inspect"], "Erro: Falta o argumento 'PATHS...'."),
        (["search", "--limit", "-1"], "está fora do intervalo x>=0"),
        (["report", "--kind", "x"], "'x' não é nenhum destes: 'executive'"),
    ],
)
def test_a_mistake_is_told_in_portuguese(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--lang", "pt_BR", *arguments]) == 2

    shown = capsys.readouterr().err
    assert said in shown
    assert shown.startswith("Uso: orquestrador")


def test_help_has_no_english_heading(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--lang", "pt_BR", "--help"]) == 0

    shown = capsys.readouterr().out
    assert "\nOpções:\n" in shown
    assert "\nComandos:\n" in shown
    assert "Mostra esta ajuda e termina." in shown


def test_english_is_not_touched_by_the_system_s_languages(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LANGUAGE", "pt_BR")

    assert main(["--lang", "en", "serch"]) == 2

    assert "Error: No such command 'serch'." in capsys.readouterr().err


def test_the_process_speaks_as_before_when_the_command_has_ended(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("LANGUAGE", raising=False)
    domain = gettext.textdomain()

    main(["--lang", "pt_BR", "--version"])

    assert gettext.textdomain() == domain
    assert "LANGUAGE" not in os.environ
