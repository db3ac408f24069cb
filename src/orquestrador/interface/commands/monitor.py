"""`orquestrador monitor`: the machine, the program, its actors and alerts, live."""

import sys
import time
from typing import TYPE_CHECKING, Any

import click

from orquestrador.interface.error_words import error_text
from orquestrador.interface.session import Session
from orquestrador.interface.translation import _

if TYPE_CHECKING:
    from orquestrador.config import AlertSettings
    from orquestrador.interface.monitor_source import MonitorSource
    from orquestrador.messages.monitor import MetricsSampled, Sink

INTERRUPTED = 130
_SINKS = ("log", "desktop", "email", "webhook", "telegram")
_TRIAL_S = 90.0
_SLICE_S = 0.1
_TONES = {"bad": "bold red", "uncertain": "yellow", "title": "bold"}


def command() -> click.Command:
    """Make the command."""
    return click.Command(
        "monitor",
        callback=click.pass_obj(monitor),
        short_help=_("Show the machine, the program, its actors and alerts, live."),
        help=_(
            "Show the machine, the program, its actors and its alerts, live, of the "
            "system that runs on the library; where none runs, the machine and the "
            "catalog. On a terminal the screen is renewed until Ctrl-C; elsewhere "
            "each sample is one line. With --json one sample, as JSON.\n\n"
            "Exit status: 0 done, 1 failed, 2 wrong usage, 130 interrupted."
        ),
        params=[
            click.Option(["--once"], is_flag=True, help=_("Show one sample.")),
            click.Option(
                ["--interval"],
                type=click.FloatRange(min=0.1, max=86_400),
                help=_(
                    "Seconds between two samples; 1 on a terminal, else as the "
                    "settings say."
                ),
            ),
            click.Option(
                ["--duration"],
                type=click.FloatRange(min=0),
                help=_("End after so many seconds."),
            ),
            click.Option(
                ["--test-alert"],
                type=click.Choice(_SINKS),
                help=_("Send a message for trying in this way, and end."),
            ),
        ],
    )


def monitor(
    session: Session,
    /,
    *,
    once: bool,
    interval: float | None,
    duration: float | None,
    test_alert: "Sink | None",
) -> int:
    """Run the command; returns its exit status."""
    from orquestrador.interface.monitor_source import MonitorSource  # noqa: PLC0415 -- loaded when it is used

    session.require_library()

    def alerts() -> "AlertSettings":
        return session.loaded.settings.alerts

    with MonitorSource(session.running, session.state, alerts) as source:
        if test_alert is not None:
            return _try_sink(session, source, test_alert)
        if once or session.as_json:
            _show_once(session, source)
            return 0
        try:
            _go_on(session, source, interval, duration)
        except KeyboardInterrupt:
            # The usual way to leave it.
            return INTERRUPTED
    return 0


def _show_once(session: Session, source: "MonitorSource") -> None:
    from orquestrador.interface.monitor_view import lines  # noqa: PLC0415 -- loaded when it is used

    sample = source.sample()
    if session.as_json:
        session.print_json(_document(session, source, sample))
        return
    for line in lines(session, sample, _pid(source)):
        session.print(line.text.rstrip())


def _pid(source: "MonitorSource") -> int | None:
    return None if source.elsewhere is None else source.elsewhere.pid


def _document(
    session: Session, source: "MonitorSource", sample: "MetricsSampled"
) -> dict[str, Any]:
    import msgspec  # noqa: PLC0415 -- not for --help

    metrics = msgspec.to_builtins(sample)
    metrics["alerts"] = [
        {"state": each.state, **msgspec.to_builtins(each)} for each in sample.alerts
    ]
    return {
        "library": str(session.library),
        "state": str(session.state),
        "running": source.elsewhere is not None,
        "pid": _pid(source),
        "metrics": metrics,
    }


def _go_on(
    session: Session,
    source: "MonitorSource",
    interval: float | None,
    duration: float | None,
) -> None:
    until = float("inf") if duration is None else time.monotonic() + duration
    if sys.stdout.isatty():
        _live(session, source, interval or 1.0, until)
        return
    from orquestrador.interface.monitor_view import plain_line  # noqa: PLC0415 -- loaded when it is used

    pause_s = interval or session.loaded.settings.monitor.interval_s
    while True:
        session.print(plain_line(session, source.sample()))
        if not _wait(pause_s, until):
            return


def _live(
    session: Session, source: "MonitorSource", interval: float, until: float
) -> None:
    from rich.console import Console  # noqa: PLC0415 -- for a terminal only
    from rich.live import Live  # noqa: PLC0415 -- likewise
    from rich.text import Text  # noqa: PLC0415 -- likewise

    from orquestrador.interface.monitor_view import lines  # noqa: PLC0415 -- likewise

    console = Console(highlight=False)

    def screen() -> Text:
        text = Text(no_wrap=True, overflow="crop")
        rows = console.size.height
        for line in lines(session, source.sample(), _pid(source), rows):
            text.append(line.text + "\n", style=_TONES.get(line.tone, ""))
        text.rstrip()
        return text

    with Live(screen(), console=console, auto_refresh=False) as live:
        while _wait(interval, until):
            live.update(screen(), refresh=True)


def _wait(seconds: float, until: float) -> bool:
    """Wait, in slices, for Ctrl-C on Windows; False when the time is over."""
    end = min(time.monotonic() + seconds, until)
    while (left := end - time.monotonic()) > 0:
        time.sleep(min(left, _SLICE_S))
    return time.monotonic() < until


def _try_sink(session: Session, source: "MonitorSource", sink: "Sink") -> int:
    problem = _trial(session, source, sink)
    if session.as_json:
        session.print_json({"sink": sink, "problem": problem})
    elif problem is None:
        session.print(_("{sink}: a message for trying was sent").format(sink=sink))
    else:
        click.echo(f"{_('Error')}: {error_text(problem)}", err=True)
    return 0 if problem is None else 1


def _trial(session: Session, source: "MonitorSource", sink: "Sink") -> str | None:
    if source.elsewhere is not None:
        from orquestrador.messages.monitor import TrySink  # noqa: PLC0415 -- not for --help

        tried = source.elsewhere.ask("notifier", TrySink(sink=sink), timeout=_TRIAL_S)
        return tried.problem
    from orquestrador.errors import NotificationError  # noqa: PLC0415 -- not for --help
    from orquestrador.monitoring.notifying import send  # noqa: PLC0415 -- likewise
    from orquestrador.reports.alert_words import trial  # noqa: PLC0415 -- likewise

    if sink == "log":
        return _("no system runs, and nobody else writes the log")
    try:
        send(sink, session.loaded.settings.alerts, *trial(session.translation))
    except NotificationError as error:
        return str(error)
    return None
