"""The last lines of the log, asked for again and again."""

import json
from pathlib import Path

import pytest

from orquestrador.interface.web.api.log_tails import MOST_TAILS, LogTails
from orquestrador.monitoring.log_reading import LogReader


def write(folder: Path, message: str, level: str = "info", file: int = 1) -> None:
    folder.mkdir(exist_ok=True)
    line = {"time": "", "level": level, "actor": "a", "logger": "l", "message": message}
    with (folder / f"orquestrador-{file:06}.jsonl").open("a", encoding="utf-8") as log:
        log.write(json.dumps(line) + "\n")


def read(tails: LogTails, lines: int = 3, level: str = "debug") -> list[str]:
    return [each.message for each in tails.read(lines, level, None)]


def test_the_last_lines_are_there_and_new_ones_come_behind_them(
    tmp_path: Path,
) -> None:
    tails = LogTails(tmp_path / "log")
    assert read(tails) == []
    for number in range(5):
        write(tmp_path / "log", str(number), "error" if number == 0 else "info")

    assert read(tails) == ["2", "3", "4"]
    write(tmp_path / "log", "5", file=2)
    assert read(tails) == ["3", "4", "5"]
    assert read(tails, level="error") == ["0"]


def test_what_was_read_is_not_read_again_and_memory_is_bounded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Path] = []
    begin = LogReader.__init__

    def note(self: LogReader, folder: Path) -> None:
        made.append(folder)
        begin(self, folder)

    monkeypatch.setattr(LogReader, "__init__", note)
    tails = LogTails(tmp_path)
    for _ in range(3):
        read(tails, 1)
    assert len(made) == 1

    for lines in range(1, MOST_TAILS + 2):
        read(tails, lines)
    read(tails, MOST_TAILS + 1)
    assert len(made) == MOST_TAILS + 1
    read(tails, 1)
    assert len(made) == MOST_TAILS + 2
