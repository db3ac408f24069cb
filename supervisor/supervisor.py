"""The supervisor: starts its children, watches them, and mends what fails.

A state machine driven by messages: requests from anybody, reports from its
children, alarms of the clock. It never waits for a child; what takes several steps
is a `Procedure`.
"""

import functools
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, overload

import pykka

from orquestrador.errors import (
    ChildRequestError,
    ChildSpecError,
    ChildStartError,
    StartIgnoredError,
)
from orquestrador.supervisor.actor import Actor
from orquestrador.supervisor.child_spec import ChildSpec
from orquestrador.supervisor.children import Child, ChildState
from orquestrador.supervisor.choices import Ignore
from orquestrador.supervisor.control import Report
from orquestrador.supervisor.flags import SupervisorFlags
from orquestrador.supervisor.reason import EndReason
from orquestrador.supervisor.requests import (
    ChildInfo,
    CountChildren,
    DeleteChild,
    GetChildSpec,
    Init,
    Reconfigure,
    Reconfigured,
    RenewChild,
    RestartChild,
    StartChild,
    TerminateChild,
    WhichChild,
    WhichChildren,
)
from orquestrador.supervisor.root import start_root
from orquestrador.supervisor.supervision import Supervision
from orquestrador.supervisor.supervisor_ref import SupervisorRef

if TYPE_CHECKING:
    from orquestrador.supervisor.ref import ActorRef
    from orquestrador.supervisor.system import ActorSystem


class Supervisor(Actor):
    """An actor whose work is the life of other actors.

    Start the top of a tree with `Supervisor.start(flags, children)`; nest one by
    `ChildSpec(id=..., actor=Supervisor, args=(flags, children))`. It stays out of
    Pykka's registry.

    When its static children survive it (it gives up and its own supervisor starts
    it again) their refs, names and mailboxes stay; children added at run time and
    dynamic ones do not.
    """

    ref_class: ClassVar[type["ActorRef[Any]"]] = SupervisorRef
    is_supervisor: ClassVar[bool] = True
    reports_its_start: ClassVar[bool] = True
    expected_errors: ClassVar[tuple[type[Exception], ...]] = (
        ChildRequestError,
        ChildSpecError,
        ChildStartError,
    )

    def __init__(
        self, flags: SupervisorFlags | Init, children: Sequence[ChildSpec] = ()
    ) -> None:
        """Check flags and specs; nothing is started before `on_start`.

        Args:
            flags: how the children are treated together; or a function that returns
                flags and specs, called at every start, or `IGNORE`.
            children: their specs, in the order of their start; for a dynamic
                supervisor exactly one, the template.

        Raises:
            ChildSpecError: if any of them cannot be used; `bad_return` if the
                function returns something else.
            StartIgnoredError: if the function returns `IGNORE`.

        """
        super().__init__()
        if callable(flags):
            flags, children = _called(flags)
        checked = _checked(flags)
        self._supervision = Supervision(
            self._cell, checked, checked.check_all(children), end=self._end
        )

    @overload
    @classmethod
    def start(
        cls,
        flags: SupervisorFlags,
        children: Sequence[ChildSpec] = (),
        *,
        system: "ActorSystem | None" = None,
        name: str | None = None,
    ) -> SupervisorRef: ...

    @overload
    @classmethod
    def start(
        cls,
        flags: Init,
        *,
        system: "ActorSystem | None" = None,
        name: str | None = None,
    ) -> SupervisorRef | None: ...

    @classmethod
    def start(
        cls,
        flags: SupervisorFlags | Init,
        children: Sequence[ChildSpec] = (),
        *,
        system: "ActorSystem | None" = None,
        name: str | None = None,
    ) -> SupervisorRef | None:
        """Start a supervisor that has none above it, and wait for its children.

        Args:
            flags: how the children are treated together; or a function that returns
                flags and specs, called at every start, or `IGNORE`.
            children: their specs, in the order of their start.
            system: where the tree lives; None for the system of the bare actors.
            name: under which the system finds it.

        Returns:
            Its ref; None if the function answered `IGNORE`.

        Raises:
            ChildStartError: if a child cannot start; its own error is the cause of
                the cause. Nothing is left running.
            ChildSpecError: if flags or specs cannot be used.
            ChildRequestError: `already_started`, if an actor of the system has the
                name; as the cause of a `ChildStartError`, if it has a child's.

        """
        factory = functools.partial(cls, flags, children)
        return start_root(cls, factory, system=system, name=name)

    def on_start(self) -> None:
        """Begin to start the children, in order."""
        self._supervision.start_all()

    def stop_requested(self, reason: EndReason) -> None:
        """Stop the children in reverse order, then end."""
        self._supervision.shut_down(reason, final=self._incarnation.final is True)

    def child_reported(self, report: Report) -> None:
        """Take note of what happened to a child, and act on it."""
        try:
            self._supervision.verdicts.note(report)
        except Exception as error:  # noqa: BLE001 -- ends the supervisor, in order
            self._crash(error)

    def inspect_state(self) -> Mapping[str, object]:
        """Show the flags, and how each child stands."""
        supervision = self._supervision
        return {
            "flags": supervision.flags,
            "shutting_down": supervision.shutting_down,
            "children": {
                child.spec.id if child.cell is None else child.cell.name: child.state
                for child in supervision.children
            },
        }

    def on_receive(self, message: object) -> object:
        """Answer a request about the children."""
        try:
            return self._answer(message)
        except self.expected_errors:
            raise
        except Exception as error:  # noqa: BLE001 -- ends the supervisor, in order
            self._crash(error)
            self.reply_later().fail(error)
            return None

    def _end(self, reason: EndReason) -> None:
        self._incarnation.end(reason)

    def _crash(self, error: Exception) -> None:
        """End by an error of the supervisor's own, but stop the children first."""
        if self._supervision.shutting_down:
            # Nothing can be done in order any more: the loop's end fences them.
            raise error
        self._supervision.shut_down(EndReason.failed(error), final=False)

    # -- requests ---------------------------------------------------------------

    def _answer(self, message: object) -> object:
        reply: object = None
        match message:
            case StartChild():
                self._start_child(message)
            case TerminateChild(child=key):
                reply = self._terminate_child(key)
            case RestartChild(id=child_id):
                self._restart_child(child_id)
            case RenewChild(id=child_id):
                child = self._running_child(child_id)
                self._supervision.renew(child, self.reply_later())
            case DeleteChild(id=child_id):
                reply = self._delete_child(child_id)
            case Reconfigure():
                reply = self._reconfigure(message)
            case _:
                reply = self._look_up(message)
        return reply

    def _look_up(self, message: object) -> object:
        """Answer a question that changes nothing."""
        children = self._supervision.children
        match message:
            case WhichChildren():
                return tuple(child.info() for child in reversed(tuple(children)))
            case WhichChild(child=key):
                return children.find(key).info()
            case GetChildSpec(child=key):
                return children.find(key).spec
            case CountChildren():
                return children.counts()
            case _:
                return super().on_receive(message)

    def _start_child(self, request: StartChild) -> None:
        self._check_open()
        children = self._supervision.children
        if children.template is not None:
            own = request.args, request.kwargs
            spec = children.template.with_arguments(*own)
            child = Child(spec, dynamic=True, own_arguments=own)
        else:
            spec = self._supervision.flags.check(request.spec)
            self._check_absent(spec)
            child = Child(spec, dynamic=False)
            children.add(child)
        self._supervision.start(child, self.reply_later(), new=True)

    def _check_open(self) -> None:
        if self._supervision.shutting_down:
            raise ChildRequestError("shutting_down", self.actor_ref)

    def _check_absent(self, spec: ChildSpec) -> None:
        there = self._supervision.children.with_id(spec.id)
        if there is None:
            return
        if there.state is ChildState.RUNNING and there.cell is not None:
            raise ChildRequestError("already_started", spec.id, there.cell.ref)
        raise ChildRequestError("already_present", spec.id)

    def _terminate_child(self, key: str | pykka.ActorRef[Any]) -> ChildInfo | None:
        children = self._supervision.children
        template = children.template
        if template is not None and children.has_ended(key):
            # Just what was asked for.
            return Child(template, dynamic=True).info()
        child = children.find(key)
        # To stop it now would break off the stopping of all of them.
        self._check_open()
        self._supervision.terminate(child, self.reply_later())
        return None

    def _restart_child(self, child_id: str) -> None:
        child = self._static_child(child_id)
        if child.retry is not None:
            self._supervision.restart_now(child, self.reply_later())
        else:
            child = self._stopped_child(child_id)
            self._supervision.start(child, self.reply_later(), new=False)

    def _delete_child(self, child_id: str) -> ChildInfo:
        child = self._stopped_child(child_id)
        self._supervision.delete(child)
        return child.info()

    def _reconfigure(self, request: Reconfigure) -> Reconfigured | None:
        self._check_open()
        flags, specs = request.flags, request.children
        try:
            if callable(flags):
                flags, specs = _called(flags)
        except StartIgnoredError:
            return Reconfigured()
        except Exception as error:  # noqa: BLE001 -- the caller's: it gets it back
            self.reply_later().fail(error)
            return None
        checked = _checked(flags)
        return self._supervision.reconfigure(checked, checked.check_all(specs))

    def _static_child(self, child_id: str) -> Child:
        self._check_open()
        children = self._supervision.children
        if children.template is not None:
            raise ChildRequestError("simple_one_for_one", child_id)
        return children.find(child_id)

    def _running_child(self, child_id: str) -> Child:
        child = self._static_child(child_id)
        if child.state is not ChildState.RUNNING:
            raise ChildRequestError(child.state.value, child_id)
        if child.is_temporary():
            # Its arguments are gone: it is never started again.
            raise ChildRequestError("temporary", child_id)
        return child

    def _stopped_child(self, child_id: str) -> Child:
        child = self._static_child(child_id)
        match child.state:
            case ChildState.STOPPED if self._supervision.is_idle(child):
                return child
            case ChildState.RUNNING | ChildState.STOPPING:
                raise ChildRequestError("running", child_id)
            case _:
                raise ChildRequestError("restarting", child_id)


def _called(init: Init) -> tuple[SupervisorFlags, Sequence[ChildSpec]]:
    match init():
        case Ignore():
            raise StartIgnoredError(f"{init} answered IGNORE")
        case (SupervisorFlags() as flags, list() | tuple() as children):
            return flags, children
        case other:
            raise ChildSpecError("bad_return", (init, other))


def _checked(flags: object) -> SupervisorFlags:
    if not isinstance(flags, SupervisorFlags):
        raise ChildSpecError("invalid_type", flags)
    return flags
