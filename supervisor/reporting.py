"""What a supervisor tells others about its children: events, reports, the log."""

from typing import Any

from orquestrador.supervisor import report as reports
from orquestrador.supervisor.cell import Cell
from orquestrador.supervisor.children import Child, ChildState
from orquestrador.supervisor.choices import BRUTAL_KILL, Restart
from orquestrador.supervisor.control import Ended, Stuck
from orquestrador.supervisor.notices import (
    ChildEvent,
    ChildFailed,
    ChildStarted,
    ChildStopped,
    ChildStuck,
    SupervisorGaveUp,
)
from orquestrador.supervisor.reason import EndKind, EndReason
from orquestrador.supervisor.report import (
    Context,
    ProgressReport,
    SupervisorReport,
    offender,
    one_more,
)


class Reporting:
    """Speaks for one supervisor."""

    def __init__(self, cell: Cell) -> None:
        """Speak for the supervisor in this cell."""
        self._name = cell.name
        self._events = cell.system.events
        self._group: dict[str, SupervisorReport] | None = None

    def started(self, child: Child, cell: Cell) -> None:
        """Tell that a child handles messages now."""
        self._publish(ChildStarted, child, cell)
        if self._is_wanted(ProgressReport, unasked=False):
            self._report(ProgressReport(self._name, offender(child)), unasked=False)

    def stuck(self, child: Child, report: Stuck) -> None:
        """Tell that a child is over its limit for one message."""
        self._publish(
            ChildStuck,
            child,
            report.cell,
            message_type=report.message_type,
            busy_s=report.busy_s,
            stack=report.stack,
        )

    def ended(self, child: Child, report: Ended, state: ChildState) -> None:
        """Tell that an incarnation is over; `state` is how the child stood."""
        reason = report.reason
        event_type = ChildFailed if reason.is_abnormal() else ChildStopped
        if self._events.has_listeners(event_type):
            self._publish_end(event_type, child, report)
        if not _is_expected(child, reason, state):
            self._fault(child, _CONTEXTS.get(state, "child_terminated"), reason)

    def gave_up(self, child: Child, why: str, reason: EndReason) -> None:
        """Tell that the supervisor ends because of this child."""
        self._events.publish(
            SupervisorGaveUp(supervisor=self._name, child=child.spec.id, reason=why)
        )
        report = SupervisorReport(self._name, "shutdown", reason, offender(child))
        self._report(report, unasked=True)

    def begin_group(self) -> None:
        """Gather what happens at the stop of dynamic children, by reason."""
        self._group = {}

    def end_group(self) -> None:
        """Report each reason once, with the number of children."""
        group, self._group = self._group, None
        for report in (group or {}).values():
            self._report_fault(report)

    def _fault(self, child: Child, context: Context, reason: EndReason) -> None:
        unasked = reason.kind is EndKind.KILLED
        if not self._is_wanted(SupervisorReport, unasked=unasked):
            return
        report = SupervisorReport(self._name, context, reason, offender(child))
        if self._group is None:
            self._report_fault(report)
            return
        key = str(reason)
        first = self._group.get(key)
        self._group[key] = report if first is None else one_more(first)

    def _report_fault(self, report: SupervisorReport) -> None:
        self._report(report, unasked=report.reason.kind is EndKind.KILLED)

    def _publish_end(
        self, event_type: type[ChildEvent], child: Child, report: Ended
    ) -> None:
        details: dict[str, object] = {"reason": str(report.reason)}
        if event_type is ChildFailed:
            details["message_type"] = report.message_type
        self._publish(event_type, child, report.cell, **details)

    def _is_wanted(self, report_type: type, *, unasked: bool) -> bool:
        # Made for nobody, a report would take a good part of a restart.
        listeners = self._events.has_listeners(report_type)
        return listeners or reports.is_logged(unasked=unasked)

    def _report(
        self, report: SupervisorReport | ProgressReport, *, unasked: bool
    ) -> None:
        self._events.publish(report)
        reports.log(report, unasked=unasked)

    def _publish(
        self,
        event_type: type[ChildEvent],
        child: Child,
        cell: Cell,
        **details: Any,  # noqa: ANN401 -- the fields of the event
    ) -> None:
        if not self._events.has_listeners(event_type):
            return
        self._events.publish(
            event_type(
                supervisor=self._name,
                child=child.spec.id,
                name=cell.name,
                urn=cell.urn,
                incarnation=cell.number,
                **details,
            )
        )


_CONTEXTS: dict[ChildState, Context] = {
    ChildState.STARTING: "start_error",
    ChildState.STOPPING: "shutdown_error",
}


def _is_expected(child: Child, reason: EndReason, state: ChildState) -> bool:
    """Return whether an end needs no report; a permanent child's own end does."""
    match reason.kind:
        case EndKind.IGNORED:
            return True
        case EndKind.SHUTDOWN:
            return state is not ChildState.RUNNING or not _is_permanent(child)
        case EndKind.NORMAL:
            return not _is_permanent(child)
        case EndKind.KILLED:
            stopping = state is ChildState.STOPPING
            return stopping and child.spec.shutdown_s == BRUTAL_KILL
        case EndKind.FAILED:
            return False


def _is_permanent(child: Child) -> bool:
    return child.spec.restart is Restart.PERMANENT
