"""The top of a tree: a supervisor that has no supervisor above it."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from orquestrador.errors import BlockingAskError
from orquestrador.supervisor import system as systems
from orquestrador.supervisor.cell import Cell
from orquestrador.supervisor.child_spec import ChildSpec
from orquestrador.supervisor.choices import INFINITY, Restart
from orquestrador.supervisor.control import Ended, Report, Started
from orquestrador.supervisor.current import current
from orquestrador.supervisor.future import ReplyFuture
from orquestrador.supervisor.reason import EndKind, EndReason
from orquestrador.supervisor.reply import fail
from orquestrador.supervisor.supervisor_ref import SupervisorRef

if TYPE_CHECKING:
    from orquestrador.supervisor.actor import Actor
    from orquestrador.supervisor.system import ActorSystem


class Root:
    """Stands where a supervisor's supervisor would: takes its reports."""

    name = "root"

    def __init__(self) -> None:
        self.started: ReplyFuture[bool] = ReplyFuture()

    def notify(self, report: Report) -> None:
        """Take a report, in the supervisor's thread."""
        match report:
            case Started():
                self.started.set(True)
            case Ended(reason=reason):
                report.cell.close(reason)
                self._end(reason)
            case _:
                return

    def _end(self, reason: EndReason) -> None:
        if reason.kind is EndKind.IGNORED:
            self.started.set(False)
        else:
            fail(self.started, _start_failure(reason))


def start_root(
    actor_class: "type[Actor]",
    factory: Callable[[], Any],
    *,
    system: "ActorSystem | None",
    name: str | None,
) -> SupervisorRef | None:
    """Start the top of a tree and wait until all of it runs.

    Raises:
        BlockingAskError: when called in an actor's handler.
        Exception: whatever kept it from starting.

    """
    if current.incarnation is not None:
        raise BlockingAskError(
            f"{current.incarnation.ref} would wait in a handler for a tree to start: "
            "ask a supervisor for it with self.request(ref, StartChild(spec))"
        )
    root = Root()
    spec = ChildSpec(
        id=name or actor_class.__name__.lower(),
        actor=actor_class,
        restart=Restart.TEMPORARY,
        shutdown_s=INFINITY,
    )
    where = system or systems.default()
    cell = Cell(
        actor_class=actor_class,
        spec=spec,
        parent=root,
        system=where,
        name=name or spec.id,
    )
    if name is not None:
        where.claim_name(name, cell)
    where.add_root(cell)
    cell.begin(factory)
    if not root.started.get():
        return None
    ref = cell.ref
    assert isinstance(ref, SupervisorRef)  # noqa: S101 -- what its class says
    return ref


def _start_failure(reason: EndReason) -> BaseException:
    return reason.error or RuntimeError(f"the supervisor ended: {reason}")
