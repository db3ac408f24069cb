"""Reports: what a supervisor says about a child, for people to read.

A report goes to the event stream as an object, and to the logger
`orquestrador.supervisor` as text. The error of a child is in the log already, with
its traceback, by Pykka's own record. So a report is logged unasked only where
nothing else tells what happened (a thread was left behind, a supervisor gave up or
failed by its child); all others, those of started children among them, are logged
when somebody has asked, by setting a level: `logging.getLogger(
"orquestrador.supervisor").setLevel(logging.DEBUG)`.
"""

import logging
import reprlib
from typing import TYPE_CHECKING, Any, Literal

import msgspec
import pykka

from orquestrador.supervisor.child_spec import ChildSpec
from orquestrador.supervisor.choices import BRUTAL_KILL, Restart
from orquestrador.supervisor.reason import EndReason, describe

if TYPE_CHECKING:
    from orquestrador.supervisor.children import Child

logger = logging.getLogger(__name__)

Context = Literal["start_error", "child_terminated", "shutdown_error", "shutdown"]
"""When it happened, in OTP's words: at a start, while it ran, during a stop; or the
supervisor itself ends because of it."""

CUT = "…"


class Offender(msgspec.Struct, frozen=True):
    """The child, or the dynamic children, that a report is about."""

    id: str
    ref: pykka.ActorRef[Any] | None
    """None if it never ran, and for a group."""

    factory: str
    restart: Restart
    shutdown_s: float | None
    type: Literal["worker", "supervisor"]
    number: int = 1
    """How many children, when it is a group of dynamic ones."""

    def rows(self) -> dict[str, object]:
        """Return its fields as they are shown."""
        who: dict[str, object] = (
            {"ref": self.ref} if self.number == 1 else {"children": self.number}
        )
        return {
            **who,
            "id": self.id,
            "factory": self.factory,
            "restart": self.restart.value,
            "shutdown": _limit_text(self.shutdown_s),
            "type": self.type,
        }


class SupervisorReport(msgspec.Struct, frozen=True):
    """Something went wrong with a child."""

    supervisor: str
    context: Context
    reason: EndReason
    offender: Offender

    def __str__(self) -> str:
        return format_report(self)


class ProgressReport(msgspec.Struct, frozen=True):
    """A child has started."""

    supervisor: str
    started: Offender

    def __str__(self) -> str:
        return format_report(self)


def offender(child: "Child") -> Offender:
    """Describe a child."""
    spec = child.spec
    return Offender(
        id=spec.id,
        ref=None if child.cell is None else child.cell.ref,
        factory=_factory_name(spec),
        restart=spec.restart,
        shutdown_s=spec.shutdown_s,
        type="supervisor" if spec.is_supervisor() else "worker",
    )


def one_more(report: SupervisorReport) -> SupervisorReport:
    """Return the same of one more dynamic child."""
    one = report.offender
    more = msgspec.structs.replace(one, ref=None, number=one.number + 1)
    return msgspec.structs.replace(report, offender=more)


def format_report(
    report: SupervisorReport | ProgressReport,
    *,
    single_line: bool = False,
    depth: int | None = None,
    chars_limit: int | None = None,
) -> str:
    """Write a report down.

    Args:
        report: what to write.
        single_line: only context, reason, and the offender's id and ref.
        depth: how many causes of an error, and how many levels of a value, are
            shown before `…`; None shows all.
        chars_limit: the longest text, in characters. The reason is cut before
            anything else is.

    """
    if isinstance(report, ProgressReport):
        reason = None
        child = report.started
    else:
        reason = _reason_text(report.reason, depth, " < " if single_line else "\n")
        child = report.offender
        if single_line:
            reason = " ".join(reason.split())
    write = _line if single_line else _lines
    text = write(report, child, reason)
    if chars_limit is None or len(text) <= chars_limit:
        return text
    if reason is not None:
        left = max(0, chars_limit - (len(text) - len(reason)))
        text = write(report, child, _cut(reason, left))
    return _cut(text, chars_limit)


def is_logged(*, unasked: bool) -> bool:
    """Return whether `log` would log."""
    return unasked or _is_asked_for()


def log(report: SupervisorReport | ProgressReport, *, unasked: bool) -> None:
    """Log a report, if somebody asked for it or nothing else tells of it."""
    if is_logged(unasked=unasked):
        progress = isinstance(report, ProgressReport)
        logger.log(logging.DEBUG if progress else logging.ERROR, "%s", report)


def _lines(
    report: SupervisorReport | ProgressReport, child: Offender, reason: str | None
) -> str:
    progress = isinstance(report, ProgressReport)
    rows: dict[str, object] = {"supervisor": report.supervisor}
    if isinstance(report, SupervisorReport):
        rows |= {"context": report.context, "reason": reason}
    lines = [_row(name, value) for name, value in rows.items()]
    lines.append(f"    {'started' if progress else 'offender'}:")
    lines += [f"    {_row(name, value)}" for name, value in child.rows().items()]
    title = "Progress report" if progress else "Supervisor report"
    return "\n".join([title, *lines])


def _row(name: str, value: object) -> str:
    first, *more = str(value).splitlines() or [""]
    further = "".join(f"\n{' ' * 16}{each}" for each in more)
    return f"    {name + ':':<12}{first}{further}"


def _line(
    report: SupervisorReport | ProgressReport, child: Offender, reason: str | None
) -> str:
    who = f"{child.number} children" if child.number > 1 else f"ref: {child.ref}"
    if isinstance(report, ProgressReport):
        return f"supervisor {report.supervisor}, started: {child.id}, {who}"
    return (
        f"supervisor {report.supervisor}, context: {report.context}, "
        f"reason: {reason}, offender: {child.id}, {who}"
    )


def _reason_text(reason: EndReason, depth: int | None, between: str) -> str:
    text = reason.kind.value
    if reason.info is not None:
        text += f" ({_value_text(reason.info, depth)})"
    causes: list[str] = []
    error = reason.error
    while error is not None:
        if depth is not None and len(causes) >= depth:
            causes.append(CUT)
            break
        causes.append(describe(error) + _place(error))
        error = error.__cause__
    return between.join([text, *causes]) if causes else text


def _value_text(value: object, depth: int | None) -> str:
    if isinstance(value, str) or depth is None:
        return str(value)
    short = reprlib.Repr()
    short.maxlevel = depth
    return short.repr(value)


def _place(error: BaseException) -> str:
    """Return where an error was raised: the innermost line of its traceback."""
    traceback = error.__traceback__
    if traceback is None:
        return ""
    while traceback.tb_next is not None:
        traceback = traceback.tb_next
    code = traceback.tb_frame.f_code
    return f" ({code.co_filename}:{traceback.tb_lineno} in {code.co_name})"


def _factory_name(spec: ChildSpec) -> str:
    factory = spec.actor
    name = getattr(factory, "__qualname__", None) or type(factory).__qualname__
    return f"{getattr(factory, '__module__', '?')}.{name}"


def _limit_text(shutdown_s: float | None) -> str:
    if shutdown_s is None:
        return "infinity"
    return "brutal_kill" if shutdown_s == BRUTAL_KILL else f"{shutdown_s:g} s"


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: max(0, length - 1)] + CUT[:length]


def _is_asked_for() -> bool:
    """Return whether a level was set for this logger, or above it below the root."""
    each = logger
    while each.parent is not None:
        if each.level:
            return True
        each = each.parent
    return False
