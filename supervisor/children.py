"""The children of one supervisor: what each is, and how it stands."""

import enum
import functools
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Literal

import pykka

from orquestrador.errors import ChildRequestError
from orquestrador.supervisor.child_spec import ChildSpec, Restart
from orquestrador.supervisor.requests import ChildCounts, ChildInfo

if TYPE_CHECKING:
    from orquestrador.supervisor.cell import Cell
    from orquestrador.supervisor.clock import Alarm
    from orquestrador.supervisor.procedure import Procedure


class ChildState(enum.Enum):
    """How a child stands; changed by the supervisor alone."""

    STARTING = "starting"
    RUNNING = "running"
    STOPPING = "stopping"
    RESTARTING = "restarting"
    """It ended and is going to be started again."""

    STOPPED = "stopped"
    """Only its spec is there."""


class Child:
    """One child; `cell` is there from its first start to its end for good."""

    def __init__(self, spec: ChildSpec, *, dynamic: bool) -> None:
        """Describe a child that does not run yet."""
        self.spec = spec
        self.dynamic = dynamic
        self.state = ChildState.STOPPED
        self.cell: Cell | None = None
        self.procedure: Procedure | None = None
        self.start_error: BaseException | None = None
        self.extra: Any = None
        self.limit: Alarm | None = None
        self.was_started = False
        """Whether it has run before: then its spec outlives a failed start."""

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

    def cancel_limit(self) -> None:
        """Let it take its time."""
        if self.limit is not None:
            self.limit.cancel()
            self.limit = None

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


_UP = frozenset({ChildState.STARTING, ChildState.RUNNING, ChildState.STOPPING})


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

    def remove(self, child: Child) -> None:
        """Forget a child and its spec."""
        self.detach(child)
        if not child.dynamic:
            self._by_id.pop(child.spec.id, None)

    def of_cell(self, cell: "Cell") -> Child | None:
        """Return the child that lives in `cell`; None for a stranger."""
        return self._by_urn.get(cell.urn)

    def has_ended(self, key: "str | pykka.ActorRef[Any]") -> bool:
        """Return whether this is the ref of an actor that is gone, and no child."""
        if not isinstance(key, pykka.ActorRef):
            return False
        return not key.is_alive() and key.actor_urn not in self._by_urn

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
