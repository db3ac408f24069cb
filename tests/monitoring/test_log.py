"""The log on disk: bounded, readable while it is written, never renamed."""

import json
import logging
import threading
from pathlib import Path
from typing import Any

import pytest

from orquestrador.monitoring.log_file import LogFile, log_files
from orquestrador.monitoring.log_reading import LogFilter, LogLine, LogReader


def record(
    message: str, *values: object, level: int = logging.INFO, **more: Any
) -> logging.LogRecord:
    made = logging.LogRecord("some.logger", level, __file__, 1, message, values, None)
    made.__dict__ |= more
    return made


def write(file: LogFile, *messages: str) -> None:
    for message in messages:
        file.handle(record(message))


def messages(folder: Path) -> list[str]:
    return [line.message for line in LogReader(folder).new()]


def test_a_line_has_time_level_actor_and_message(tmp_path: Path) -> None:
    file = LogFile(tmp_path, lambda _record: "catalog")
    file.handle(record("%d files", 3, level=logging.WARNING, created=1.5))
    file.close()

    ((_, path),) = log_files(tmp_path)
    assert json.loads(path.read_text("utf-8")) == {
        "time": "1970-01-01T00:00:01.500+00:00",
        "level": "warning",
        "actor": "catalog",
        "logger": "some.logger",
        "message": "3 files",
        "error": None,
    }


def test_a_line_is_on_disk_when_the_logger_returns(tmp_path: Path) -> None:
    file = LogFile(tmp_path)
    write(file, "now")

    assert messages(tmp_path) == ["now"]
    file.close()


def test_an_error_comes_with_its_traceback(tmp_path: Path) -> None:
    file = LogFile(tmp_path)
    with pytest.raises(ZeroDivisionError) as caught:
        divmod(1, 0)
    error = caught.value
    info = (type(error), error, error.__traceback__)
    file.handle(record("failed", exc_info=info))
    file.close()

    (line,) = LogReader(tmp_path).new()
    assert line.error is not None
    assert line.error.startswith("Traceback")
    assert line.error.endswith("ZeroDivisionError: integer division or modulo by zero")


def test_files_are_bounded_and_the_oldest_are_deleted(tmp_path: Path) -> None:
    file = LogFile(tmp_path, most_bytes=1000, kept=3)
    write(file, *(f"{number:0100}" for number in range(60)))
    file.close()

    found = log_files(tmp_path)
    numbers = [number for number, _ in found]
    assert len(found) == 3
    assert numbers == list(range(numbers[0], numbers[0] + 3))
    assert numbers[0] > 1
    assert all(path.stat().st_size <= 1000 for _, path in found)
    kept = [int(message) for message in messages(tmp_path)]
    assert kept == list(range(kept[0], 60))


def test_a_system_that_starts_again_goes_on_in_the_newest_file(tmp_path: Path) -> None:
    for message in ("first", "second"):
        file = LogFile(tmp_path, most_bytes=1000)
        write(file, message)
        file.close()

    assert len(log_files(tmp_path)) == 1
    assert messages(tmp_path) == ["first", "second"]


def test_a_line_that_a_kill_cut_off_spoils_no_other(tmp_path: Path) -> None:
    file = LogFile(tmp_path)
    write(file, "whole")
    file.close()
    ((_, path),) = log_files(tmp_path)
    with path.open("ab") as cut:
        cut.write(b'{"time": "2026-')

    file = LogFile(tmp_path)
    write(file, "next")
    file.close()

    assert messages(tmp_path) == ["whole", '{"time": "2026-', "next"]


@pytest.mark.parametrize("text", ["ação", "a\nb", "\ud800 half", "\x1b[31m", "%s"])
def test_any_text_can_be_logged(tmp_path: Path, text: str) -> None:
    file = LogFile(tmp_path)
    file.handle(record("%s", text))
    file.close()

    expected = text.encode("utf-8", "backslashreplace").decode("utf-8")
    (found,) = messages(tmp_path)
    assert found.encode("utf-8", "backslashreplace").decode() == expected


def test_a_disk_that_takes_nothing_ends_nobody_and_is_told_of_later(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "log"
    folder.write_text("in the way", encoding="utf-8")
    file = LogFile(folder)
    write(file, "lost", "lost too")
    folder.unlink()
    write(file, "kept")
    file.close()

    assert messages(folder) == ["2 lines before this one could not be written", "kept"]
    assert capsys.readouterr().err == ""


def test_threads_write_whole_lines(tmp_path: Path) -> None:
    file = LogFile(tmp_path, most_bytes=4000, kept=100)
    threads = [
        threading.Thread(target=write, args=(file, *(f"{name} {n}" for n in range(50))))
        for name in "abcd"
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    file.close()

    found = messages(tmp_path)
    assert sorted(found) == sorted(f"{name} {n}" for name in "abcd" for n in range(50))


def test_a_reader_goes_on_where_it_was_over_any_number_of_files(tmp_path: Path) -> None:
    file = LogFile(tmp_path, most_bytes=500, kept=100)
    reader = LogReader(tmp_path)
    assert list(reader.new()) == []
    seen: list[str] = []
    for number in range(30):
        write(file, f"{number:050}")
        if number % 4 == 0:
            seen += [line.message for line in reader.new()]
    seen += [line.message for line in reader.new()]
    file.close()

    assert [int(each) for each in seen] == list(range(30))


def test_a_reader_that_falls_behind_goes_on_with_the_oldest_that_is_left(
    tmp_path: Path,
) -> None:
    file = LogFile(tmp_path, most_bytes=500, kept=2)
    write(file, "first")
    reader = LogReader(tmp_path)
    list(reader.new())
    write(file, *(f"{number:0100}" for number in range(20)))
    file.close()

    found = [int(line.message) for line in reader.new()]
    assert found == list(range(found[0], 20))


def test_half_a_line_is_read_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "orquestrador-000001.jsonl"
    line = b'{"time":"t","level":"info","actor":null,"logger":"l","message":"m"}\n'
    reader = LogReader(tmp_path)
    path.write_bytes(line[:20])
    assert list(reader.new()) == []
    path.write_bytes(line)

    assert [each.message for each in reader.new()] == ["m"]


def line(level: str = "info", actor: str | None = None) -> LogLine:
    return LogLine(time="", level=level, actor=actor, logger="", message="")


@pytest.mark.parametrize(
    ("wanted", "given", "fits"),
    [
        (LogFilter(), line(), True),
        (LogFilter(level="warning"), line("info"), False),
        (LogFilter(level="warning"), line("error"), True),
        (LogFilter(level="error"), line("strange"), True),
        (LogFilter(actor="catalog"), line(actor="catalog"), True),
        (LogFilter(actor="catalog"), line(actor=None), False),
        (LogFilter(actor="worker-*"), line(actor="worker-12"), True),
        (LogFilter(actor="worker"), line(actor="worker-12"), False),
    ],
)
def test_lines_are_chosen_by_actor_and_level(
    wanted: LogFilter, given: LogLine, *, fits: bool
) -> None:
    assert wanted.wants(given) is fits


def test_a_closed_log_stays_closed(tmp_path: Path) -> None:
    file = LogFile(tmp_path)
    write(file, "first")
    file.close()

    # Another thread had it in hand when it was taken away.
    write(file, "late")

    assert messages(tmp_path) == ["first"]
