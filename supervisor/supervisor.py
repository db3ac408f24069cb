"""The supervisor: starts its children, watches them, and mends what fails.

A state machine driven by messages: requests from anybody, reports from its
children, alarms of the clock. It never waits for a child; what takes several steps
is a `Procedure`.
"""

import functools
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, assert_never, cast, overload

from orquestrador.errors import (
    ChildRequestError,
    ChildSpecError,
    ChildStartError,
    RestartLimitError,
    StartIgnoredError,
)
from orquestrador.supervisor.actor import Actor
from orquestrador.supervisor.cell import Cell
from orquestrador.supervisor.child_spec import BRUTAL_KILL, ChildSpec, Ignore
from orquestrador.supervisor.children import Child, Children, ChildState
from orquestrador.supervisor.control import (
    Ended,
    LimitPassed,
    Report,
    Shutdown,
    Started,
    Stuck,
)
from orquestrador.supervisor.flags import AutoShutdown, Strategy, SupervisorFlags
from orquestrador.supervisor.intensity import RestartWindow
from orquestrador.supervisor.notices import (
    ChildFailed,
    ChildStarted,
    ChildStopped,
    ChildStuck,
    SupervisorGaveUp,
)
from orquestrador.supervisor.procedure import Procedure, Procedures, Steps
from orquestrador.supervisor.reason import SHUTDOWN, EndKind, EndReason
from orquestrador.supervisor.reply import LaterReply
from orquestrador.supervisor.requests import (
    ChildInfo,
    CountChildren,
    DeleteChild,
    GetChildSpec,
    RestartChild,
    StartChild,
    StartedChild,
    TerminateChild,
    WhichChild,
    WhichChildren,
)
from orquestrador.supervisor.root import start_root
from orquestrador.supervisor.supervisor_ref import SupervisorRef

if TYPE_CHECKING:
    from orquestrador.supervisor.system import ActorSystem

Init = Callable[[], "tuple[SupervisorFlags, Sequence[ChildSpec]] | Ignore"]
Request = (
    StartChild
    | TerminateChild
    | RestartChild
    | DeleteChild
    | WhichChildren
    | WhichChild
    | GetChildSpec
    | CountChildren
)


class Supervisor(Actor):
    """An actor whose work is the life of other actors.

    Start the top of a tree with `Supervisor.start(flags, children)`; nest one by
    `ChildSpec(id=..., actor=Supervisor, args=(flags, children))`. It stays out of
    Pykka's registry.

    When its static children survive it (it gives up and its own supervisor starts
    it again) their refs, names and mailboxes stay; children added at run time and
    dynamic ones do not.
    """

    ref_class: ClassVar[type[SupervisorRef]] = SupervisorRef
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
        if not isinstance(flags, SupervisorFlags):
            raise ChildSpecError("invalid_type", flags)
        specs = flags.check_all(children)
        dynamic = flags.strategy is Strategy.DYNAMIC
        self._flags = flags
        self._children = Children(specs[0] if dynamic else None)
        self._restarts = RestartWindow(flags.intensity, flags.period_s)
        self._procedures = Procedures(exclusive=flags.is_exclusive())
        self._shutting_down = False
        self._dynamic_number = 0
        # An earlier incarnation of this supervisor has left its static children.
        self._kept = {cell.spec.id: cell for cell in self._cell.children.values()}
        for spec in () if dynamic else specs:
            self._children.add(Child(spec, dynamic=False))

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

        """
        factory = functools.partial(cls, flags, children)
        return start_root(cls, factory, system=system, name=name)

    def on_start(self) -> None:
        """Begin to start the children, in order."""
        everyone = tuple(self._children)
        self._submit(self._starting_all(), everyone)

    # -- requests -------------------------------------------------------------

    def on_receive(self, message: Request) -> object:
        """Answer a request about the children."""
        try:
            return self._answer(message)
        except self.expected_errors:
            raise
        except Exception as error:  # noqa: BLE001 -- ends the supervisor, in order
            self._crash(error)
            self.reply_later().fail(error)
            return None

    def _answer(self, message: Request) -> object:
        match message:
            case StartChild():
                self._start_child(message)
            case TerminateChild(child=key):
                return self._terminate_child(key)
            case RestartChild(id=child_id):
                self._restart_child(child_id)
            case DeleteChild(id=child_id):
                return self._delete_child(child_id)
            case WhichChildren():
                return tuple(child.info() for child in reversed(tuple(self._children)))
            case WhichChild(child=key):
                return self._children.find(key).info()
            case GetChildSpec(child=key):
                return self._children.find(key).spec
            case CountChildren():
                return self._children.counts()
            case _:
                super().on_receive(message)
        return None

    def _start_child(self, request: StartChild) -> None:
        self._check_open()
        template = self._children.template
        if template is not None:
            spec = template.with_arguments(request.args, request.kwargs)
            child = Child(spec, dynamic=True)
        else:
            spec = self._flags.check(request.spec)
            self._check_absent(spec)
            child = Child(spec, dynamic=False)
            self._children.add(child)
        reply = self.reply_later()
        self._submit(self._starting_child(child, reply), (child,))

    def _check_open(self) -> None:
        if self._shutting_down:
            raise ChildRequestError("shutting_down", self._cell.name)

    def _check_absent(self, spec: ChildSpec) -> None:
        there = self._children.with_id(spec.id)
        if there is None:
            return
        if there.state is ChildState.RUNNING and there.cell is not None:
            raise ChildRequestError("already_started", spec.id, there.cell.ref)
        raise ChildRequestError("already_present", spec.id)

    def _terminate_child(self, key: Any) -> ChildInfo | None:  # noqa: ANN401 -- checked by find
        try:
            child = self._children.find(key)
        except ChildRequestError as error:
            if error.code == "not_found" and self._is_ended_ref(key):
                return ChildInfo(None, None, "stopped", False, self._template().restart)
            raise
        if child.procedure is not None and child.state is not ChildState.STOPPING:
            self._interrupt(child.procedure)
        reply = self.reply_later()
        self._submit(self._terminating(child, reply), (child,))
        return None

    def _is_ended_ref(self, key: Any) -> bool:  # noqa: ANN401 -- checked by find
        return self._children.template is not None and not key.is_alive()

    def _template(self) -> ChildSpec:
        return cast("ChildSpec", self._children.template)

    def _restart_child(self, child_id: str) -> None:
        child = self._stopped_child(child_id)
        reply = self.reply_later()
        self._submit(self._starting_again(child, reply), (child,))

    def _delete_child(self, child_id: str) -> ChildInfo:
        child = self._stopped_child(child_id)
        self._children.remove(child)
        return child.info()

    def _stopped_child(self, child_id: str) -> Child:
        self._check_open()
        if self._children.template is not None:
            raise ChildRequestError("simple_one_for_one", child_id)
        child = self._children.find(child_id)
        match child.state:
            case ChildState.STOPPED if child.procedure is None:
                return child
            case ChildState.RUNNING | ChildState.STOPPING:
                raise ChildRequestError("running", child_id)
            case _:
                raise ChildRequestError("restarting", child_id)

    # -- procedures -------------------------------------------------------------

    def _submit(self, steps: Steps[None], children: Sequence[Child]) -> None:
        self._procedures.submit(Procedure(steps, children))

    def _starting_all(self) -> Steps[None]:
        for child in self._children:
            error = yield from self._bring_up(child)
            if error is not None:
                failed = ChildStartError(self._cell.name, child.spec.id, error)
                failed.__cause__ = error
                self._shut_down(EndReason.shutdown("failed_to_start_child", failed))
                return
            if child.state is ChildState.STOPPED and child.is_temporary():
                self._children.remove(child)
        for cell in tuple(self._kept.values()):
            self._drop_kept(cell)
        self._cell.report_start()

    def _drop_kept(self, cell: Cell) -> None:
        """End a child that the earlier incarnation had and this one has not."""
        cell.close(SHUTDOWN)
        self._cell.children.pop(cell.urn, None)

    def _starting_child(self, child: Child, reply: LaterReply) -> Steps[None]:
        try:
            error = yield from self._bring_up(child)
            if error is not None or (not child.is_up() and child.is_forgotten()):
                self._end_for_good(child, SHUTDOWN)
                self._children.remove(child)
            self._reply_started(child, error, reply)
        finally:
            # Only the first answer counts: this one is for a cancelled start.
            reply.fail(ChildRequestError("cancelled", child.spec.id))

    def _starting_again(self, child: Child, reply: LaterReply) -> Steps[None]:
        try:
            error = yield from self._bring_up(child)
            if error is not None:
                self._end_for_good(child, SHUTDOWN)
            self._reply_started(child, error, reply)
        finally:
            reply.fail(ChildRequestError("cancelled", child.spec.id))

    def _reply_started(
        self, child: Child, error: BaseException | None, reply: LaterReply
    ) -> None:
        if error is None:
            ref = None if child.cell is None else child.cell.ref
            reply.set(StartedChild(child.spec.id, ref, child.extra))
            return
        failed = ChildStartError(self._cell.name, child.spec.id, error)
        failed.__cause__ = error
        reply.fail(failed)

    def _terminating(self, child: Child, reply: LaterReply) -> Steps[None]:
        yield from self._bring_down(child, final=True)
        self._end_for_good(child, SHUTDOWN)
        if child.is_forgotten():
            self._children.remove(child)
        reply.set(child.info())

    def _renewing(self, child: Child) -> Steps[None]:
        """Start a child again, and with it those that its strategy names."""
        if child.state is not ChildState.RESTARTING:
            return
        group = self._group_of(child)
        self._procedures.claim(group)
        for each in reversed(group):
            if each is not child:
                yield from self._bring_down(each, final=each.is_temporary())
        for each in group:
            if each is not child and each.is_temporary():
                self._end_for_good(each, SHUTDOWN)
                self._children.remove(each)
                continue
            error = yield from self._bring_up(each)
            if error is not None:
                self._restart(each, EndReason.failed(error))
                return
            if not each.is_up() and each.is_forgotten():
                self._children.remove(each)

    def _group_of(self, child: Child) -> tuple[Child, ...]:
        everyone = tuple(self._children)
        match self._flags.strategy:
            case Strategy.ONE_FOR_ONE | Strategy.DYNAMIC:
                return (child,)
            case Strategy.ONE_FOR_ALL:
                return everyone
            case Strategy.REST_FOR_ONE:
                return everyone[everyone.index(child) :]
            case _ as strategy:
                assert_never(strategy)

    def _stopping_all(self, reason: EndReason) -> Steps[None]:
        """Stop all children: one by one from the last, dynamic ones together."""
        everyone = tuple(reversed(tuple(self._children)))
        self._procedures.claim(everyone)
        if self._children.template is not None:
            for child in everyone:
                self._begin_stop(child, final=True)
        for child in everyone:
            final = child.is_forgotten() or self._incarnation.final is True
            yield from self._bring_down(child, final=final)
            if final:
                self._end_for_good(child, SHUTDOWN)
        self._incarnation.end(reason)

    def _interrupt(self, procedure: Procedure) -> None:
        """End a procedure; children that it has stopped stay stopped."""
        self._procedures.cancel(procedure)
        for child in procedure.children:
            if not child.is_up():
                self._end_for_good(child, SHUTDOWN)

    # -- starting and stopping one child ------------------------------------------

    def _bring_up(self, child: Child) -> Steps[BaseException | None]:
        """Start a child; returns its error, or None if it runs or was ignored."""
        if child.is_up():
            return None
        try:
            self._begin_start(child)
        except ChildRequestError as error:
            child.state = ChildState.STOPPED
            return error
        while child.state is ChildState.STARTING:
            yield
        return child.start_error

    def _begin_start(self, child: Child) -> None:
        cell = child.cell or self._kept.pop(child.spec.id, None) or self._cell_of(child)
        self._children.attach(child, cell)
        child.state = ChildState.STARTING
        child.start_error = None
        cell.begin(child.builder())
        self._set_limit(child, child.spec.start_s)

    def _cell_of(self, child: Child) -> Cell:
        spec, name = child.spec, child.spec.name
        if child.dynamic:
            self._dynamic_number += 1
            shown = f"{spec.id}-{self._dynamic_number}"
        else:
            name = shown = name or spec.id
        actor_class = spec.actor if isinstance(spec.actor, type) else Actor
        cell = Cell(
            actor_class=actor_class,
            spec=spec.without_arguments() if child.is_temporary() else spec,
            parent=self._cell,
            system=self.system,
            name=shown,
        )
        if name is not None:
            self.system.claim_name(name, cell)
        self._cell.children[cell.urn] = cell
        cell.register()
        return cell

    def _bring_down(self, child: Child, *, final: bool) -> Steps[None]:
        if child.state in {ChildState.STARTING, ChildState.RUNNING}:
            self._begin_stop(child, final=final)
        elif child.state is ChildState.RESTARTING:
            child.state = ChildState.STOPPED
        while child.state is ChildState.STOPPING:
            yield

    def _begin_stop(self, child: Child, *, final: bool) -> None:
        if child.cell is None or child.state not in {
            ChildState.STARTING,
            ChildState.RUNNING,
        }:
            return
        child.state = ChildState.STOPPING
        child.cancel_limit()
        if child.spec.shutdown_s == BRUTAL_KILL:
            self._kill(child, EndReason.killed("brutal kill"))
            return
        child.cell.control(Shutdown(child.cell.number, SHUTDOWN, final=final))
        self._set_limit(child, child.spec.shutdown_s)

    def _set_limit(self, child: Child, limit_s: float | None) -> None:
        child.cancel_limit()
        if limit_s is None or child.cell is None:
            return
        report = LimitPassed(child.cell, child.cell.number)
        child.limit = self.system.clock.call_later(
            limit_s, functools.partial(self._cell.notify, report)
        )

    def _kill(self, child: Child, reason: EndReason) -> None:
        cell = child.cell
        incarnation = None if cell is None else cell.incarnation
        if cell is None or incarnation is None:
            return
        busy = incarnation.hand.look()
        cell.kill_children(reason)
        if incarnation.fence(reason):
            self.system.abandoned += 1
            message_type = type(getattr(busy, "message", busy)).__name__
            self._child_ended(child, Ended(cell, cell.number, reason, message_type))

    def _end_for_good(self, child: Child, reason: EndReason) -> None:
        cell = child.cell
        child.state = ChildState.STOPPED
        if cell is not None:
            cell.close(cell.stopped.reason or reason)
            self._cell.children.pop(cell.urn, None)
            self._children.detach(child)

    # -- reports ------------------------------------------------------------------

    def child_reported(self, report: Report) -> None:
        """Take note of what happened to a child, and act on it."""
        child = self._children.of_cell(report.cell)
        if child is None or report.number != report.cell.number:
            # A notice about an actor, or an incarnation, that is none of ours now.
            return
        try:
            self._note(child, report)
        except Exception as error:  # noqa: BLE001 -- ends the supervisor, in order
            self._crash(error)

    def _note(self, child: Child, report: Report) -> None:
        match report:
            case Started():
                self._child_started(child, report)
            case Ended():
                self._child_ended(child, report)
            case LimitPassed():
                self._limit_passed(child)
            case Stuck():
                self._child_stuck(child, report)
            case _:
                raise NotImplementedError(f"no such report: {report}")

    def _child_started(self, child: Child, report: Started) -> None:
        if child.state is not ChildState.STARTING:
            return
        child.cancel_limit()
        child.state = ChildState.RUNNING
        child.extra = report.extra
        if child.is_temporary():
            # It is never started again: let go of its arguments.
            child.spec = child.spec.without_arguments()
        self._publish(ChildStarted, report.cell, child)
        self._procedures.resume(child.procedure)

    def _child_ended(self, child: Child, report: Ended) -> None:
        state, reason = child.state, report.reason
        child.cancel_limit()
        if reason.is_abnormal():
            self._publish(
                ChildFailed,
                report.cell,
                child,
                reason=str(reason),
                message_type=report.message_type,
            )
        else:
            self._publish(ChildStopped, report.cell, child, reason=str(reason))
        match state:
            case ChildState.STARTING:
                child.state = ChildState.STOPPED
                child.start_error = _start_error(reason)
                if reason.kind is EndKind.IGNORED:
                    self._end_for_good(child, reason)
            case ChildState.STOPPING:
                child.state = ChildState.STOPPED
                if child.procedure is None:
                    self._end_for_good(child, reason)
            case ChildState.RUNNING:
                self._ended_by_itself(child, reason)
            case ChildState.RESTARTING | ChildState.STOPPED:
                return
        self._procedures.resume(child.procedure)

    def _ended_by_itself(self, child: Child, reason: EndReason) -> None:
        stopped_by_hand = child.cell is None or child.cell.mailbox.closed
        if self._shutting_down:
            child.state = ChildState.STOPPED
            return
        if child.spec.allows_restart(reason) and not stopped_by_hand:
            self._restart(child, reason)
            return
        self._end_for_good(child, reason)
        if child.is_forgotten():
            self._children.remove(child)
        if child.spec.significant and self._is_last_significant():
            self._shut_down(EndReason.shutdown(f"{child.spec.id!r} ended"))

    def _is_last_significant(self) -> bool:
        match self._flags.auto_shutdown:
            case AutoShutdown.NEVER:
                return False
            case AutoShutdown.ANY_SIGNIFICANT:
                return True
            case AutoShutdown.ALL_SIGNIFICANT:
                return not any(
                    each.spec.significant and each.state is not ChildState.STOPPED
                    for each in self._children
                )
            case _ as mode:
                assert_never(mode)

    def _restart(self, child: Child, reason: EndReason) -> None:
        """Count a restart before it is tried; give up if it is one too many."""
        child.state = ChildState.RESTARTING
        if self._restarts.allows(self.system.clock.now()):
            self._submit(self._renewing(child), (child,))
        else:
            self._give_up(child, reason)

    def _give_up(self, child: Child, reason: EndReason) -> None:
        window = self._restarts
        error = RestartLimitError(
            f"supervisor {self._cell.name!r} gave up: its children failed more than "
            f"{window.intensity} times in {window.period_s:g} s; the last was "
            f"{child.spec.id!r}: {reason}"
        )
        error.__cause__ = reason.error
        self.publish(
            SupervisorGaveUp(
                supervisor=self._cell.name, child=child.spec.id, reason=str(error)
            )
        )
        child.state = ChildState.STOPPED
        self._shut_down(EndReason.shutdown("gave_up", error))

    def _limit_passed(self, child: Child) -> None:
        match child.state:
            case ChildState.STOPPING:
                self._kill(child, EndReason.killed("did not stop in time"))
            case ChildState.STARTING:
                self._kill(child, EndReason.killed("start_timeout"))
            case _:
                return

    def _child_stuck(self, child: Child, report: Stuck) -> None:
        if child.state is not ChildState.RUNNING:
            return
        self._publish(
            ChildStuck,
            report.cell,
            child,
            message_type=report.message_type,
            busy_s=report.busy_s,
            stack=report.stack,
        )
        words = f"stuck in {report.message_type} for {report.busy_s:.1f} s"
        self._kill(child, EndReason.killed(words))

    def _publish(
        self, kind: type[Any], cell: Cell, child: Child, **details: object
    ) -> None:
        self.publish(
            kind(
                supervisor=self._cell.name,
                child=child.spec.id,
                name=cell.name,
                urn=cell.urn,
                incarnation=cell.number,
                **details,
            )
        )

    # -- the supervisor's own end ---------------------------------------------------

    def stop_requested(self, reason: EndReason) -> None:
        """Stop the children in reverse order, then end."""
        self._shut_down(reason)

    def _shut_down(self, reason: EndReason) -> None:
        if self._shutting_down:
            return
        self._shutting_down = True
        self._procedures.cancel_all()
        self._submit(self._stopping_all(reason), ())

    def _crash(self, error: Exception) -> None:
        """End by an error of the supervisor's own, but stop the children first."""
        if self._shutting_down:
            # Nothing can be done in order any more: the loop's end fences them.
            raise error
        self._shut_down(EndReason.failed(error))


def _called(init: Init) -> tuple[SupervisorFlags, Sequence[ChildSpec]]:
    match init():
        case Ignore():
            raise StartIgnoredError(f"{init} answered IGNORE")
        case (SupervisorFlags() as flags, list() | tuple() as children):
            return flags, children
        case other:
            raise ChildSpecError("bad_return", (init, other))


def _start_error(reason: EndReason) -> BaseException | None:
    """Return why a child that ended before it was ready did not start."""
    if reason.kind is EndKind.IGNORED:
        return None
    if reason.error is not None:
        return reason.error
    return ChildRequestError(str(reason.info or reason.kind.value), "start")
