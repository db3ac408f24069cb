"""What a supervisor can be asked at run time, and its answers.

Each is a message: `ref.ask(WhichChildren())` from outside, `self.request(ref,
StartChild(...))` from an actor. `SupervisorRef` has a method for each as well. Those
that a supervisor of another process answers in other words (`remote`) name their
reply in words alone, the others by their type.
"""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec
import pykka
from msgspec import Meta

from orquestrador.messages import AnsweredBy, Message, Request
from orquestrador.supervisor.child_spec import ChildSpec
from orquestrador.supervisor.choices import Ignore, Restart

if TYPE_CHECKING:
    from orquestrador.supervisor.flags import SupervisorFlags

Init = Callable[[], "tuple[SupervisorFlags, Sequence[ChildSpec]] | Ignore"]
"""What supplies flags and specs; IGNORE: nothing to start, or nothing to change."""

Count = Annotated[int, Meta(ge=0)]


def _no_arguments() -> Mapping[str, Any]:
    return MappingProxyType({})


class StartChild(msgspec.Struct, AnsweredBy["StartedChild"], frozen=True):
    """Start one more child.

    A dynamic supervisor adds the arguments to its template's; any other takes a
    whole spec.
    """

    spec: ChildSpec | None = None
    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] = msgspec.field(default_factory=_no_arguments)


class TerminateChild(msgspec.Struct, AnsweredBy["ChildInfo"], frozen=True):
    """Stop a child and do not start it again."""

    child: str | pykka.ActorRef[Any]
    """Its id; in a dynamic supervisor its ref."""


class RestartChild(Message):
    """Start a child that was terminated or has ended; answered by `StartedChild`."""

    id: str


class RenewChild(Message):
    """Restart a child that runs, in order; answered by `StartedChild`.

    With it its group is restarted, as the strategy says. It is stopped as for a
    shutdown, by its own limit; mailbox and ref are kept, and nothing is counted.
    """

    id: str


class DeleteChild(Request["ChildInfo"]):
    """Drop the spec of a child that does not run."""

    id: str


class Reconfigure(msgspec.Struct, AnsweredBy["Reconfigured"], frozen=True):
    """Change flags and specs while the children run."""

    flags: "SupervisorFlags | Init"
    """Or a function that returns flags and specs; it runs in the supervisor."""

    children: Sequence[ChildSpec] = ()


class WhichChildren(Message):
    """Ask for all children; answered by a tuple of `ChildInfo`, newest first."""


class WhichChild(msgspec.Struct, AnsweredBy["ChildInfo"], frozen=True):
    """Ask for one child."""

    child: str | pykka.ActorRef[Any]


class GetChildSpec(msgspec.Struct, AnsweredBy[ChildSpec], frozen=True):
    """Ask for a child's spec."""

    child: str | pykka.ActorRef[Any]


class CountChildren(Request["ChildCounts"]):
    """Ask how many children there are."""


class StartedChild(msgspec.Struct, frozen=True):
    """A child was started, or its factory decided that there is nothing to run."""

    id: str
    ref: pykka.ActorRef[Any] | None
    """None when the factory returned `IGNORE`."""

    extra: Any = None
    """What the factory returned besides the actor."""


class ChildInfo(msgspec.Struct, frozen=True):
    """One child as its supervisor sees it."""

    id: str | None
    """None for a dynamic child."""

    ref: pykka.ActorRef[Any] | None
    """None when nothing runs."""

    state: Literal["starting", "running", "stopping", "restarting", "stopped"]
    is_supervisor: bool
    restart: Restart


class Reconfigured(Message):
    """Flags and specs were changed; all empty when the function answered `IGNORE`."""

    changed: tuple[str, ...] = ()
    """Ids whose spec was exchanged; the template's in a dynamic supervisor."""

    added: tuple[str, ...] = ()
    """New ids; their children do not run before `restart_child`."""

    kept: tuple[str, ...] = ()
    """Ids that were left out: they stay as they are."""


class ChildCounts(Message):
    """How many children a supervisor has."""

    specs: Count
    """Specs; 1 in a dynamic supervisor."""

    active: Count
    """Children that run."""

    supervisors: Count
    """Children that are supervisors, running or not."""

    workers: Count
    """All others."""
