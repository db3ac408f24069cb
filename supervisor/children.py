"""The children of one supervisor: what each is, and how it stands."""

import enum
import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import pykka

from orquestrador.errors import ChildRequestError
from orquestrador.supervisor.child_spec import ChildSpec
from orquestrador.supervisor.choices import Restart
from orquestrador.supervisor.decision import Decision
from orquestrador.supervisor.reason import EndReason
from orquestrador.supervisor.requests import ChildCounts, ChildInfo

if TYPE_CHECKING:
    from orquestrador.supervisor.cell import Cell
    from orquestrador.supervisor.clock import Alarm
    from orquestrador.supervisor.procedure import Procedure

Arguments = tuple[tuple[Any, ...], Mapping[str, Any]]
"""Positional and named."""


class ChildState(enum.Enum):
    """How a child stands; changed by the supervisor alone."""

    STARTING = "starting"
    RUNNING = "running"
    STOPPING = "stopping"
    RESTARTING = "restarting"
    """It ended and is going to be started again."""

    STOPPED = "stopped"
    """Only its spec is there."""


class Retry:
    """A restart that has not been tried yet."""

    def __init__(self, reason: EndReason, held_up: "Sequence[Child]") -> None:
        """Wait for the end of a delay.

        Args:
            reason: the failure behind it.
            held_up: the rest of its group, stopped already: they wait for it.

        """
        self.reason = reason
        self.held_up = tuple(held_up)
        self.is_due = False
        """Whether its own delay is over; its group's may not be."""


class Child:
    """One child; `cell` is there from its first start to its end for good."""

    def __init__(
        self,
        spec: ChildSpec,
        *,
        dynamic: bool,
        own_arguments: Arguments | None = None,
    ) -> None:
        """Describe a child that does not run yet.

        Args:
            spec: of a dynamic child: the template's, with its own arguments.
            dynamic: whether it was made from a template.
            own_arguments: those that a dynamic child has besides the template's.

        """
        self.spec = spec
        self.dynamic = dynamic
        self.own_arguments = own_arguments
        self.state = ChildState.STOPPED
        self.cell: Cell | None = None
        self.procedure: Procedure | None = None
        self.start_error: BaseException | None = None
        self.extra: Any = None
        self.limit: Alarm | None = None
        self.decision = Decision.RESTART
        """What its last error means."""

        self.left_behind = False
        """Whether its last incarnation's thread was abandoned."""

        self.started_at: float | None = None
        """When this incarnation was ready, by the system's clock."""

        self.failures = 0
        """Failures in a row, without a quiet time between them."""

        self.retry: Retry | None = None
        """There while it waits for its next restart to be tried."""

    def is_temporary(self) -> bool:
        """Return whether it is never restarted and its spec goes with it."""
        return self.spec.restart is Restart.TEMPORARY

    def is_forgotten(self) -> bool:
        """Return whether nothing is kept of it once it has ended for good."""
        return self.dynamic or self.is_temporary()

    def is_up(self) -> bool:
        """Return whether an incarnation of it exists."""
        return self.state in _UP

    def builder(self) -> Callable[[], object]:
        """Return what makes its next actor."""
        spec = self.spec
        return functools.partial(spec.actor, *spec.args, **spec.kwargs)

    def change_spec(self, spec: ChildSpec) -> None:
        """Go on with another spec; a running one is watched by its new limits."""
        self.spec = spec
        if self.state is ChildState.RUNNING and self.is_temporary():
            self.forget_arguments()
        if self.cell is not None:
            self.cell.change_spec(self.spec)

    def forget_arguments(self) -> None:
        """Let go of what a temporary child was started with: it is never again."""
        self.spec = self.spec.without_arguments()
        self.own_arguments = None

    def next_delay_s(self, now: float, chance: Callable[[], float]) -> float:
        """Note a failure; return how long to wait before the next start."""
        backoff = self.spec.backoff
        if backoff is None:
            return 0.0
        if self.started_at is not None and backoff.is_quiet(now - self.started_at):
            self.failures = 0
        self.failures += 1
        return backoff.delay_s(self.failures - 1, chance())

    def cancel_limit(self) -> None:
        """Let it take its time."""
        if self.limit is not None:
            self.limit.cancel()
            self.limit = None

    def restarts_after(self, reason: EndReason) -> bool:
        """Return whether an end by itself is followed by a restart.

        It is not when somebody has stopped the actor for good, through its ref.
        """
        if self.cell is None or self.cell.mailbox.closed:
            return False
        return self.decision is not Decision.STOP and self.spec.allows_restart(reason)

    def forget_last_end(self) -> None:
        """Begin anew: nothing is known of the next incarnation yet."""
        self.start_error = None
        self.decision = Decision.RESTART
        self.left_behind = False
        self.started_at = None

    def stop_waiting(self) -> "Retry | None":
        """Give up a restart that was going to be tried; return it."""
        retry, self.retry = self.retry, None
        if retry is not None:
            self.cancel_limit()
        return retry

    def info(self) -> ChildInfo:
        """Describe it for whoever asks."""
        state: Literal["starting", "running", "stopping", "restarting", "stopped"] = (
            self.state.value
        )
        running = self.state in {ChildState.RUNNING, ChildState.STOPPING}
        return ChildInfo(
            id=None if self.dynamic else self.spec.id,
            ref=self.cell.ref if running and self.cell is not None else None,
            state=state,
            is_supervisor=self.spec.is_supervisor(),
            restart=self.spec.restart,
        )


# A tuple, for it is looked up in every restart: an enumeration's hash is slow.
_UP = (ChildState.STARTING, ChildState.RUNNING, ChildState.STOPPING)


class Children:
    """All children, in the order of their start; found by id or by ref."""

    def __init__(self, template: ChildSpec | None) -> None:
        """Hold no child yet; `template` is given for a dynamic supervisor."""
        self.template = template
        self._by_id: dict[str, Child] = {}
        self._by_urn: dict[str, Child] = {}

    def __iter__(self) -> Iterator[Child]:
        if self.template is None:
            return iter(tuple(self._by_id.values()))
        return iter(tuple(self._by_urn.values()))

    def add(self, child: Child) -> None:
        """Add a static child."""
        self._by_id[child.spec.id] = child

    def attach(self, child: Child, cell: "Cell") -> None:
        """Note the cell of a child that starts."""
        child.cell = cell
        self._by_urn[cell.urn] = child

    def detach(self, child: Child) -> None:
        """Note that a child has ended for good."""
        if child.cell is not None:
            self._by_urn.pop(child.cell.urn, None)
            child.cell = None

    def put_first(self, ids: Sequence[str]) -> None:
        """Put static children first in the order of start; the rest follow."""
        kept = [each for each in self._by_id if each not in ids]
        self._by_id = {each: self._by_id[each] for each in (*ids, *kept)}

    def remove(self, child: Child) -> None:
        """Forget a child and its spec; another may have its id by now."""
        self.detach(child)
        if self._by_id.get(child.spec.id) is child:
            del self._by_id[child.spec.id]

    def of_cell(self, cell: "Cell") -> Child | None:
        """Return the child that lives in `cell`; None for a stranger."""
        return self._by_urn.get(cell.urn)

    def has_ended(self, key: "str | pykka.ActorRef[Any]") -> bool:
        """Return whether this is the ref of an actor that is gone, and no child."""
        if not isinstance(key, pykka.ActorRef):
            return False
        return not key.is_alive() and key.actor_urn not in self._by_urn

    def has(self, child: Child) -> bool:
        """Return whether this is one of them, or is going to be."""
        return child.dynamic or self._by_id.get(child.spec.id) is child

    def with_id(self, child_id: str) -> Child | None:
        """Return the static child with this id."""
        return self._by_id.get(child_id)

    def find(self, key: "str | pykka.ActorRef[Any]") -> Child:
        """Return a child by its id, or in a dynamic supervisor by its ref.

        Raises:
            ChildRequestError: `not_found`; `simple_one_for_one` for an id where only
                refs name children.

        """
        if self.template is None:
            child = self._by_id.get(key) if isinstance(key, str) else None
        elif isinstance(key, pykka.ActorRef):
            child = self._by_urn.get(key.actor_urn)
        else:
            raise ChildRequestError("simple_one_for_one", key)
        if child is None:
            raise ChildRequestError("not_found", key)
        return child

    def counts(self) -> ChildCounts:
        """Count specs, running children, supervisors and workers."""
        everyone = tuple(self)
        supervisors = sum(each.spec.is_supervisor() for each in everyone)
        return ChildCounts(
            specs=len(everyone) if self.template is None else 1,
            active=sum(
                each.state in {ChildState.RUNNING, ChildState.STOPPING}
                for each in everyone
            ),
            supervisors=supervisors,
            workers=len(everyone) - supervisors,
        )
