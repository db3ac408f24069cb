"""A reason is one English text in every record, and translated on the screen."""

import re
from pathlib import Path

import pytest

from orquestrador.classification.decoding import MAGIC, decode
from orquestrador.interface.translation import choose
from orquestrador.library.listing import kind_problem
from orquestrador.library.reading import Unreadable, read_content
from orquestrador.reports.reason_words import SHAPES, reason_text
from orquestrador.words import ENGLISH

ROOT = Path(__file__).parents[2]
PORTUGUESE = choose("pt_BR", {})


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("archive (.zip), not read", "arquivo compactado (.zip), não lido"),
        ("compiled program (ex4)", "programa compilado (ex4)"),
        ("C# source", "código-fonte C#"),
        ("12.5 MB is over the limit of 10 MB", "12.5 MB passa do limite de 10 MB"),
        (
            "classification failed: ValueError: {x}\nof two lines",
            "a classificação falhou: ValueError: {x}\nof two lines",
        ),
        ("of no shape (at all), not read?", "of no shape (at all), not read?"),
    ],
)
def test_a_reason_is_said_in_the_reader_s_language(reason: str, words: str) -> None:
    assert reason_text(reason, PORTUGUESE) == words
    assert reason_text(reason, ENGLISH) == reason


def reasons(folder: Path) -> list[str]:
    """Return reasons that the program really gives."""
    found = [decode(magic + b"\x00" * 64).problem for magic, _ in MAGIC]
    found += [
        decode(data).problem
        for data in (b"", b" \n", b"\x00" * 9, b"<html>", b"\x00\x01\x02" * 99)
    ]
    found += [kind_problem(mode) for mode in (0o120000, 0o010000, 0o140000, 0o040000)]
    large = folder / "large"
    large.write_bytes(b"x" * 2_000_000)
    for path in (folder / "none", folder, large, f"{folder}/a\0b"):
        content = read_content(path, 1_000_000)
        assert isinstance(content, Unreadable)
        found.append(content.problem)
    return [each for each in found if each is not None]


def test_no_reason_that_is_given_is_without_words(tmp_path: Path) -> None:
    given = reasons(tmp_path)

    assert len(given) > 20
    assert [each for each in given if reason_text(each, PORTUGUESE) == each] == []


def test_every_shape_is_one_that_the_program_gives() -> None:
    """A reason that was worded anew would stand in English on every screen."""
    rooms = (ROOT / "src" / "orquestrador", ROOT / "actors")
    text = "\n".join(
        path.read_text("utf-8")
        for room in rooms
        for path in room.rglob("*.py")
        if path.name != "reason_words.py"
    )
    joined = re.sub(r'"\s*f?"', "", text)
    for shape in SHAPES:
        parts = [each for each in re.split(r"\{\w+\}|\([.\w]+\)", shape) if each]
        longest = max(parts, key=len).strip(" ():")
        assert longest in joined, shape
