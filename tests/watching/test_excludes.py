"""What is followed, by name alone."""

from pathlib import Path

import pytest

from orquestrador.library import Selection
from orquestrador.watching import Excludes

SELECTION = Selection(
    sources=frozenset({".mq4"}),
    sniffed=frozenset({".txt", ""}),
    counted=frozenset({".ex4"}),
    excluded_folders=frozenset({".git"}),
)
LIBRARY = Path("/library").absolute()


def excludes(state: Path = LIBRARY / "state", *patterns: str) -> Excludes:
    return Excludes(LIBRARY, state, SELECTION, patterns)


@pytest.mark.parametrize(
    "raw", [b"a.mq4", b"a.MQ4", b"x/notes.txt", b"x/a.ex4", b"x/a"]
)
def test_files_that_a_run_looks_at_are_followed(raw: bytes) -> None:
    assert excludes().follows(raw, is_folder=False)


@pytest.mark.parametrize(
    "raw", [b"a.log", b".git/config", b"x/.git/a.mq4", b"state/a.mq4", b"state"]
)
def test_what_no_run_looks_at_is_not(raw: bytes) -> None:
    assert not excludes().follows(raw, is_folder=raw == b"state")


def test_a_state_folder_elsewhere_excludes_nothing() -> None:
    assert excludes(Path("/elsewhere").absolute()).follows(b"state/a", is_folder=False)


def test_patterns_are_those_of_a_gitignore() -> None:
    found = excludes(LIBRARY / "state", "*.ex4", "/Old/", "Backup*/", "!keep.ex4")

    assert not found.follows(b"x/a.ex4", is_folder=False)
    assert found.follows(b"x/keep.ex4", is_folder=False)
    assert not found.follows(b"Old/a.mq4", is_folder=False)
    assert found.follows(b"New/Old/a.mq4", is_folder=False)
    assert not found.follows(b"x/Backup 2/deep/a.mq4", is_folder=False)


def test_what_is_gone_may_have_been_a_folder_whatever_its_ending() -> None:
    """Windows does not say what a removed name was."""
    found = excludes()

    assert found.follows(b"v1.2", is_folder=None)
    assert not found.follows(b"v1.2", is_folder=False)
    assert not found.follows(b".git/v1.2", is_folder=None)


def test_names_that_are_no_text_are_followed() -> None:
    assert excludes().follows(b"Pre\xe7o/m\xe9dia.mq4", is_folder=False)
