"""`orquestrador logs`: what the system wrote down, running or not."""

import datetime as dt
import time
from collections import deque
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from orquestrador.interface.session import Session
from orquestrador.interface.translation import _
from orquestrador.visible import visible

if TYPE_CHECKING:
    from orquestrador.monitoring.log_reading import LogFilter, LogLine, LogReader

INTERRUPTED = 130
LOOK_S = 0.2
"""Between two looks for new lines."""


def command() -> click.Command:
    """Make the command."""
    return click.Command(
        "logs",
        callback=click.pass_obj(logs),
        short_help=_("Show what the system wrote down."),
        help=_(
            "Show the log of the library's system, also when it has stopped: local "
            "time, level, actor and message, one line each; the lines of an error "
            "below it, indented. With --jsonl, or --json, as JSON.\n\n"
            "Exit status: 0 done, 1 failed, 2 wrong usage, 130 interrupted."
        ),
        params=[
            click.Option(
                ["-f", "--follow"],
                is_flag=True,
                help=_("Go on with what is written from now on, until Ctrl-C."),
            ),
            click.Option(
                ["--actor"],
                help=_("Only what this actor said; a pattern such as worker-* too."),
            ),
            click.Option(
                ["--level"],
                type=click.Choice(["debug", "info", "warning", "error"]),
                default="debug",
                help=_("Only what is at least as important."),
            ),
            click.Option(
                ["-n", "--lines"],
                type=click.IntRange(min=0),
                default=100,
                show_default=True,
                help=_("So many of the last lines; 0 for all."),
            ),
            click.Option(
                ["--jsonl"], is_flag=True, help=_("Print one JSON object a line.")
            ),
        ],
    )


def logs(  # noqa: PLR0913 -- the command's options
    session: Session,
    /,
    *,
    follow: bool,
    actor: str | None,
    level: str,
    lines: int,
    jsonl: bool,
) -> int:
    """Run the command; returns its exit status."""
    from orquestrador.monitoring.log_reading import LogFilter, LogReader  # noqa: PLC0415 -- loaded when it is used

    session.require_library()
    reader = LogReader(session.state / "log")
    wanted = LogFilter(actor=actor, level=level)
    last = _last(reader, wanted, lines or None)
    if session.as_json and not follow:
        session.print_json(last)
        return 0
    jsonl = jsonl or session.as_json
    if not last:
        session.say(_("Nothing is in the log yet that fits."))
    for line in last:
        _print(session, line, jsonl=jsonl)
    if not follow:
        return 0
    try:
        while True:
            time.sleep(LOOK_S)
            for line in filter(wanted.wants, reader.new()):
                _print(session, line, jsonl=jsonl)
    except KeyboardInterrupt:
        # The usual way to leave it.
        return INTERRUPTED


def _last(
    reader: "LogReader", wanted: "LogFilter", most: int | None
) -> "list[LogLine]":
    return list(deque(filter(wanted.wants, reader.new()), most))


def _print(session: Session, line: "LogLine", *, jsonl: bool) -> None:
    if jsonl:
        import msgspec  # noqa: PLC0415 -- not for --help

        session.print_bytes(msgspec.json.encode(line))
        return
    for text in _texts(line):
        session.print(text)


def _texts(line: "LogLine") -> Iterator[str]:
    when = f"{_local(line.time):<19}"
    first, *more = line.message.splitlines() or [""]
    yield f"{when}  {line.level:<7}  {line.actor or '-':<12}  {visible(first)}"
    for text in (*more, *(line.error or "").splitlines()):
        yield f"    {visible(text)}"


def _local(time_text: str) -> str:
    try:
        moment = dt.datetime.fromisoformat(time_text).astimezone()
    except ValueError:
        return "?"
    return f"{moment:%Y-%m-%d %H:%M:%S}"
