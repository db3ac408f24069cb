"""The command line in a real terminal of 80 columns."""

import os
import re
import shutil
import sys
from pathlib import Path

import pytest

pexpect = pytest.importorskip("pexpect", reason="terminals like these are POSIX")

ESCAPES = re.compile(rb"\x1b\[[0-9;?]*[A-Za-z]")


def _classify(library: Path, *options: str, lang: str = "en") -> bytes:
    """Return what the terminal was sent."""
    command = ["-m", "orquestrador", "--lang", lang, "--library", str(library)]
    child = pexpect.spawn(
        sys.executable,
        [*command, "classify", "--yes", "--no-report", *options],
        dimensions=(24, 80),
        timeout=90,
        env={**os.environ, "TERM": "xterm-256color", "LANG": "C.UTF-8"},
    )
    output: bytes = child.read()
    child.close()
    assert child.exitstatus == 0, output
    return output


@pytest.fixture
def large(tmp_path: Path, library: Path) -> Path:
    """Return a library that takes long enough for a bar to move."""
    folder = tmp_path / "large"
    folder.mkdir()
    for copy in range(10):
        shutil.copytree(library, folder / str(copy))
    for path in folder.rglob("*.mq?"):
        with path.open("ab") as file:
            file.write(str(path).encode())
    return folder


@pytest.mark.parametrize(
    ("lang", "word"), [("en", "Classifying"), ("pt_BR", "Classificando")]
)
def test_a_bar_moves_and_fits_into_80_columns(
    large: Path, lang: str, word: str
) -> None:
    output = _classify(large, lang=lang)
    frames = [
        ESCAPES.sub(b"", frame).decode("utf-8")
        for frame in re.split(rb"[\r\n]", output)
        if word.encode() in frame
    ]

    assert len(frames) >= 2
    assert max(map(len, frames)) <= 80
    done = [re.search(r"(\d+)/(\d+)", frame) for frame in frames]
    numbers = [int(found[1]) for found in done if found]
    assert numbers == sorted(numbers)
    assert numbers[-1] > numbers[0]


def test_the_bar_is_gone_when_the_summary_stands(large: Path) -> None:
    output = _classify(large)

    last_frame = output.rindex(b"Classifying")
    assert output.index(b"Nothing in your library was changed") > last_frame


def test_a_quiet_run_shows_no_bar(large: Path) -> None:
    assert b"Classifying" not in _classify(large, "-q")
