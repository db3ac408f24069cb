"""What a peer can ask about a tree and its supervisors: their requests, as data.

The refs and specs in a supervisor's own answers are no data; here a child is told by
its names. `serve_supervisor` lets peers ask one supervisor, by its name.
"""

from typing import Any, Literal, cast

from orquestrador.messages import Message, Request
from orquestrador.supervisor.inspection import ActorInfo
from orquestrador.supervisor.remote.served import Served
from orquestrador.supervisor.requests import (
    ChildCounts,
    ChildInfo,
    CountChildren,
    RenewChild,
    RestartChild,
    StartedChild,
    TerminateChild,
    WhichChildren,
)


class ActorTree(Message):
    """Every actor of a system, parents before their children."""

    actors: tuple[ActorInfo, ...]


class GetTree(Request[ActorTree]):
    """Ask whoever serves the system for all its actors."""


class Child(Message):
    """One child, as its supervisor sees it."""

    id: str | None
    """None for a dynamic child."""

    name: str | None
    """The actor's; None when nothing runs."""

    state: Literal["starting", "running", "stopping", "restarting", "stopped"]
    is_supervisor: bool
    restart: str
    """`permanent`, `transient` or `temporary`."""


class Children(Message):
    """A supervisor's children, newest first."""

    children: tuple[Child, ...]


class StopChild(Request[Child]):
    """Stop a static child and do not start it again; it keeps its spec."""

    id: str


class Restarted(Message):
    """A child was started again."""

    id: str
    name: str | None
    """None when its factory decided that there is nothing to run."""


def serve_supervisor(name: str) -> Served:
    """Let peers ask the supervisor `name` about its children, stop and start them.

    `WhichChildren` is answered by `Children`, `CountChildren` by `ChildCounts`,
    `StopChild` by `Child`, `RestartChild` and `RenewChild` by `Restarted`; what it
    refuses is a `RemoteActorError` with `error="ChildRequestError"`.
    """
    return Served(
        actor=name,
        messages=(WhichChildren, CountChildren, StopChild, RestartChild, RenewChild),
        replies=(Children, ChildCounts, Child, Restarted),
        to_actor=_to_actor,
        to_peer=_to_peer,
    )


def _to_actor(message: Message) -> object:
    return TerminateChild(message.id) if isinstance(message, StopChild) else message


def _to_peer(reply: Any) -> Any:  # noqa: ANN401 -- a message, or what is refused
    match reply:
        case tuple():
            children = cast("tuple[ChildInfo, ...]", reply)
            return Children(children=tuple(map(_child, children)))
        case ChildInfo():
            return _child(reply)
        case StartedChild():
            return Restarted(id=reply.id, name=_name(reply.ref))
        case _:
            return reply


def _child(info: ChildInfo) -> Child:
    return Child(
        id=info.id,
        name=_name(info.ref),
        state=info.state,
        is_supervisor=info.is_supervisor,
        restart=info.restart.value,
    )


def _name(ref: object) -> str | None:
    return None if ref is None else str(getattr(ref, "name", ref))
