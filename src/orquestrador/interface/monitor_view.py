"""A sample as lines of at most 80 columns, trouble first."""

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from orquestrador.interface import watching
from orquestrador.interface.session import Session
from orquestrador.interface.translation import N_, _, ngettext
from orquestrador.messages.monitor import (
    ActorSample,
    AlertState,
    LatencySample,
    MetricsSampled,
)
from orquestrador.monitoring import UNMEASURED
from orquestrador.reports.alert_words import duration, figure, name, standing

WIDTH = 80
_TITLE_WIDTH = 11
_LATENCIES = {
    "save_to_catalog": N_("saved to catalog"),
    "classify_content": N_("one content"),
}
_UNMEASURED = {"watcher_degraded": N_("nothing watches the library")}
"""`UNMEASURED` in words that are translated."""

_CLASSIFIED = "orquestrador_library_classified_files"
_MEMORY = "orquestrador_process_resident_memory_bytes"


class Line(NamedTuple):
    """One line of the screen."""

    text: str
    tone: str = ""
    """`bad`, `uncertain`, `title` or nothing."""


def lines(
    session: Session, sample: MetricsSampled, pid: int | None, rows: int | None = None
) -> Iterator[Line]:
    """Yield the whole screen.

    Args:
        session: gives the language and the library's name.
        sample: what to show.
        pid: of the running system; None where none runs.
        rows: how many lines there is room for; actors that do least are left out.

    """
    above = list(_above(session, sample, pid))
    yield from above
    if sample.actors:
        yield Line("")
        room = len(sample.actors) if rows is None else rows - len(above) - 2
        yield from _actors(session, sample, max(1, room))


def _above(session: Session, sample: MetricsSampled, pid: int | None) -> Iterator[Line]:
    yield from _head(session, sample, pid)
    yield from _machine(session, sample)
    yield from _library(session, sample)
    yield from _alerts(session, sample)


def plain_line(session: Session, sample: MetricsSampled) -> str:
    """Return a sample as one line, for a pipe."""
    moment = dt.datetime.fromtimestamp(sample.at).astimezone()
    firing = [name(each, session.translation) for each in _firing(sample)]
    parts = [
        f"{moment:%Y-%m-%d %H:%M:%S}",
        *_machine_parts(session, sample),
        *_program_parts(session, sample),
        *_library_parts(session, sample),
        _("alerts: {names}").format(names=", ".join(firing) or _("none")),
    ]
    return "  ".join(parts)


def _head(session: Session, sample: MetricsSampled, pid: int | None) -> Iterator[Line]:
    moment = dt.datetime.fromtimestamp(sample.at).astimezone()
    if pid is None:
        system = _("no system runs here")
    else:
        system = _("process {pid}, for {time}").format(
            pid=pid, time=duration(round(sample.uptime_s), session.translation)
        )
    tail = f"{system}  {moment:%H:%M:%S}"
    yield Line(_spread(str(session.library), tail), "title")


def _machine(session: Session, sample: MetricsSampled) -> Iterator[Line]:
    yield _row(_("Machine"), _machine_parts(session, sample))
    yield _row(_("Program"), _program_parts(session, sample))


def _machine_parts(session: Session, sample: MetricsSampled) -> list[str]:
    free = session.number(sample.disk_free_bytes / 1e9, 1)
    return [
        _("CPU {value} %").format(value=session.number(sample.cpu_percent)),
        _("memory {value} %").format(value=session.number(sample.memory_percent)),
        _("disk {value} % ({free} GB free)").format(
            value=session.number(sample.disk_percent), free=free
        ),
    ]


def _program_parts(session: Session, sample: MetricsSampled) -> list[str]:
    cpu = session.number(sample.process_cpu_percent)
    memory = session.number(sample.process_memory_mb, 1)
    return [
        _("CPU {value} %").format(value=cpu),
        _("memory {value} MB").format(value=memory) + _trend(session, sample),
        _("processes {processes}, threads {threads}").format(
            processes=session.number(sample.processes),
            threads=session.number(sample.threads),
        ),
    ]


def _trend(session: Session, sample: MetricsSampled) -> str:
    megabytes = _per_minute(sample, _MEMORY) / 2**20
    if abs(megabytes) < 0.1:
        return ""
    sign = "+" if megabytes > 0 else "-"
    return f" ({sign}{session.number(abs(megabytes), 1)}/min)"


def _per_minute(sample: MetricsSampled, metric: str) -> float:
    found = (each.per_minute for each in sample.trends if each.metric == metric)
    return next(found, None) or 0.0


def _library(session: Session, sample: MetricsSampled) -> Iterator[Line]:
    yield _row(_("Library"), _library_parts(session, sample))
    if sample.watcher is not None:
        yield _row(_("Watching"), watching.parts(session, sample.watcher))
    measured = [
        _latency(session, each) for each in sample.latencies if each.p50_s is not None
    ]
    for index, words in enumerate(measured):
        yield _row(_("Times") if index == 0 else "", [words])
    if sample.dead_letters or sample.errors:
        parts = [
            _("{count} errors").format(count=session.number(sample.errors)),
            _("{count} dead letters").format(count=session.number(sample.dead_letters)),
        ]
        yield _row(_("Trouble"), parts)


def _library_parts(session: Session, sample: MetricsSampled) -> list[str]:
    library = sample.library
    if library is None:
        return [_("nothing is known about it yet")]
    growth = _per_minute(sample, _CLASSIFIED)
    rate = f" (+{session.number(growth)}/min)" if growth >= 1 else ""
    parts = [_("{files} files").format(files=session.number(library.files)) + rate]
    if library.pending:
        parts.append(_("{count} wait").format(count=session.number(library.pending)))
    if library.failed:
        parts.append(_("{count} failed").format(count=session.number(library.failed)))
    percent = session.number(library.success_percent, 1)
    parts.append(_("{value} % classified").format(value=percent))
    if library.snapshot_age_s is None:
        parts.append(_("no backup"))
    else:
        age = duration(round(library.snapshot_age_s), session.translation)
        parts.append(_("backup {age} old").format(age=age))
    return parts


def _latency(session: Session, latency: LatencySample) -> str:
    shares = (("p50", latency.p50_s), ("p95", latency.p95_s), ("p99", latency.p99_s))
    values = ", ".join(
        f"{share} {_short(session, seconds)}"
        for share, seconds in shares
        if seconds is not None
    )
    return f"{_(_LATENCIES.get(latency.name, latency.name))}: {values}"


def _short(session: Session, seconds: float) -> str:
    if seconds < 1:
        return f"{session.number(seconds * 1e3, 1)} ms"
    return duration(seconds, session.translation)


def _alerts(session: Session, sample: MetricsSampled) -> Iterator[Line]:
    words = session.translation
    title = _("Alerts")
    shown = [each for each in sample.alerts if each.state in {"firing", "pending"}]
    # One that fired when nothing was known any more still counts.
    shown += [
        each
        for each in sample.alerts
        if each.state == "undefined" and each.standing == "firing"
    ]
    if not shown:
        yield _row(title, [_("none")])
    for index, alert in enumerate(shown):
        since = duration(max(0, round(sample.at - alert.since)), words)
        text = _("{name}: {standing} for {time}").format(
            name=name(alert, words), standing=standing(alert, words), time=since
        )
        if alert.value is not None:
            text += _(", at {value} (limit {limit})").format(
                value=figure(alert, alert.value, words),
                limit=figure(alert, alert.raise_at, words),
            )
        tone = "bad" if alert.standing == "firing" else "uncertain"
        for first, part in _wrapped(text):
            heading = title if index == 0 and first else ""
            yield Line(f"{heading:<{_TITLE_WIDTH}}{part}", tone)
    yield from _undefined(session, sample)


def _undefined(session: Session, sample: MetricsSampled) -> Iterator[Line]:
    unknown = [
        each
        for each in sample.alerts
        if each.state == "undefined" and each.standing != "firing"
    ]
    if not unknown:
        return
    said = ", ".join(_why_unknown(session, each) for each in unknown)
    for first, part in _wrapped(said):
        heading = _("Undefined") if first else ""
        yield Line(f"{heading:<{_TITLE_WIDTH}}{part}", "uncertain")


def _why_unknown(session: Session, alert: AlertState) -> str:
    called = name(alert, session.translation)
    if alert.metric in UNMEASURED:
        return f"{called} ({_(_UNMEASURED[alert.metric])})"
    return called


def _firing(sample: MetricsSampled) -> list[AlertState]:
    return [each for each in sample.alerts if each.standing == "firing"]


def _actors(session: Session, sample: MetricsSampled, room: int) -> Iterator[Line]:
    loads = (_("Waiting"), _("Handled"), _("per s"))
    heads = (*loads, "p95", _("Restarts"), _("Busy"))
    titles = f"{_('Actor'):<{_NAME}}{_('State'):<{_STATE}}"
    titles += "".join(
        f"{head:>{width}}" for head, width in zip(heads, _WIDTHS, strict=True)
    )
    yield Line(titles, "title")
    troubled = {each.subject for each in _firing(sample)}

    def is_bad(actor: ActorSample) -> bool:
        return actor.name in troubled or actor.state != "running"

    shown = _most_active(sample.actors, room, is_bad)
    for actor in shown:
        yield Line(_actor(session, actor), "bad" if is_bad(actor) else "")
    left = len(sample.actors) - len(shown)
    if left:
        words = ngettext("and {count} quiet actor", "and {count} quiet actors", left)
        yield Line(words.format(count=session.number(left)), "uncertain")


def _most_active(
    actors: Sequence[ActorSample], room: int, is_bad: Callable[[ActorSample], bool]
) -> Sequence[ActorSample]:
    """Return those that matter most, in their order, in so many lines less one."""
    if len(actors) <= room:
        return actors

    def weight(actor: ActorSample) -> tuple[bool, bool, bool, int, int]:
        # A supervisor handles the runtime's own messages only.
        works = actor.p95_s is not None
        return is_bad(actor), actor.restarts > 0, works, actor.mailbox, actor.handled

    kept = {each.name for each in sorted(actors, key=weight)[len(actors) - room + 1 :]}
    return [each for each in actors if each.name in kept]


_NAME, _STATE = 17, 13
_WIDTHS = (8, 9, 6, 9, 10, 8)


def _actor(session: Session, actor: ActorSample) -> str:
    busy = ""
    if actor.busy_s >= 1:
        busy = duration(actor.busy_s, session.translation)
    elif actor.busy_share >= 0.005:
        busy = f"{session.number(100 * actor.busy_share)} %"
    figures = (
        _compact(session, actor.mailbox, _WIDTHS[0]),
        _compact(session, actor.handled, _WIDTHS[1]),
        _compact(session, actor.rate, _WIDTHS[2], 1),
        "" if actor.p95_s is None else _short(session, actor.p95_s),
        _compact(session, actor.restarts, _WIDTHS[4]),
        busy,
    )
    text = f"{_cut('  ' * actor.depth + actor.name, _NAME - 1):<{_NAME}}"
    text += f"{_cut(_(actor.state), _STATE - 1):<{_STATE}}"
    return text + "".join(
        f"{value:>{width}}" for value, width in zip(figures, _WIDTHS, strict=True)
    )


def _compact(session: Session, value: float, width: int, decimals: int = 0) -> str:
    """Return a number with a blank before it, in a larger unit where it is long."""
    text = session.number(value, decimals)
    for unit, size in (("k", 1e3), ("M", 1e6), ("G", 1e9)):
        if len(text) < width:
            break
        text = f"{session.number(value / size)} {unit}"
    return text


def _row(title: str, parts: list[str]) -> Line:
    return Line(_cut(f"{title:<{_TITLE_WIDTH}}{'  '.join(parts)}", WIDTH))


def _spread(left: str, right: str) -> str:
    room = WIDTH - len(right) - 2
    if len(left) > room:
        left = "..." + left[len(left) - room + 3 :]
    return f"{left:<{room}}  {right}"


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 3] + "..."


def _wrapped(text: str) -> Iterator[tuple[bool, str]]:
    import textwrap  # noqa: PLC0415 -- for trouble only

    for index, part in enumerate(textwrap.wrap(text, WIDTH - _TITLE_WIDTH)):
        yield index == 0, part
