"""The ref to a supervisor: its requests as methods, for callers outside actors."""

from collections.abc import Mapping, Sequence
from typing import Any

import pykka

from orquestrador.supervisor.child_spec import ChildSpec
from orquestrador.supervisor.flags import SupervisorFlags
from orquestrador.supervisor.ref import ActorRef
from orquestrador.supervisor.requests import (
    ChildCounts,
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
    StartedChild,
    TerminateChild,
    WhichChild,
    WhichChildren,
)


class SupervisorRef(ActorRef[Any]):
    """A ref with a method for everything that a supervisor can be asked.

    Each waits for the answer, so each raises `BlockingAskError` in a handler; an
    actor sends the message of the same name with `self.request`.
    """

    def which_children(self, timeout: float | None = None) -> tuple[ChildInfo, ...]:
        """Return all children, newest first."""
        children: tuple[ChildInfo, ...] = self.ask(
            WhichChildren(), block=True, timeout=timeout
        )
        return children

    def which_child(
        self, child: str | pykka.ActorRef[Any], timeout: float | None = None
    ) -> ChildInfo:
        """Return one child.

        Raises:
            ChildRequestError: `not_found`.

        """
        return self.ask(WhichChild(child), block=True, timeout=timeout)

    def count_children(self, timeout: float | None = None) -> ChildCounts:
        """Return how many specs, running children, supervisors and workers."""
        return self.ask(CountChildren(), block=True, timeout=timeout)

    def get_child_spec(
        self, child: str | pykka.ActorRef[Any], timeout: float | None = None
    ) -> ChildSpec:
        """Return a child's spec, with its defaults filled in.

        Raises:
            ChildRequestError: `not_found`.

        """
        return self.ask(GetChildSpec(child), block=True, timeout=timeout)

    def start_child(
        self,
        spec: ChildSpec | None = None,
        *,
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
        timeout: float | None = None,
    ) -> pykka.ActorRef[Any] | None:
        """Start one more child; a dynamic supervisor takes arguments, not a spec.

        Returns:
            Its ref; None if its factory answered `IGNORE`.

        Raises:
            ChildStartError: if it cannot start; its own error is the cause.
            ChildRequestError: `already_started` or `already_present`.

        """
        started = self.ask(
            StartChild(spec, args, kwargs or {}), block=True, timeout=timeout
        )
        return started.ref

    def terminate_child(
        self, child: str | pykka.ActorRef[Any], timeout: float | None = None
    ) -> None:
        """Stop a child and do not start it again; a static one keeps its spec.

        Raises:
            ChildRequestError: `not_found`, or `simple_one_for_one` for an id.

        """
        self.ask(TerminateChild(child), block=True, timeout=timeout)

    def restart_child(
        self, child_id: str, timeout: float | None = None
    ) -> pykka.ActorRef[Any] | None:
        """Start a child that does not run, or waits for its restart.

        One that waits keeps its ref and its mailbox. One that has ended for good, as
        by `terminate_child`, comes back as another actor: under its name, but with
        another ref; the old one stays dead.

        Raises:
            ChildStartError: if it cannot start.
            ChildRequestError: `not_found`, `running` or `restarting`.

        """
        started: StartedChild = self.ask(
            RestartChild(id=child_id), block=True, timeout=timeout
        )
        return started.ref

    def renew_child(
        self, child_id: str, timeout: float | None = None
    ) -> pykka.ActorRef[Any] | None:
        """Restart a child that runs, and its group; mailboxes and refs are kept.

        Raises:
            ChildStartError: if it cannot start again; its supervisor goes on to try.
            ChildRequestError: `not_found`; its state, if it does not run; `temporary`.

        """
        started: StartedChild = self.ask(
            RenewChild(id=child_id), block=True, timeout=timeout
        )
        return started.ref

    def delete_child(self, child_id: str, timeout: float | None = None) -> None:
        """Drop the spec of a child that does not run.

        Raises:
            ChildRequestError: `not_found`, `running` or `restarting`.

        """
        self.ask(DeleteChild(id=child_id), block=True, timeout=timeout)

    def reconfigure(
        self,
        flags: SupervisorFlags | Init,
        children: Sequence[ChildSpec] = (),
        timeout: float | None = None,
    ) -> Reconfigured:
        """Change flags and specs; what exactly that does stands in `reconfiguration`.

        Args:
            flags: or a function that returns flags and specs, or `IGNORE` for no
                change; it runs in the supervisor's thread.
            children: specs to exchange (by id) and to add, not to start.
            timeout: seconds to wait; None waits without limit.

        Raises:
            ChildSpecError: if any of them cannot be used: then nothing is changed.
            Exception: what the function raised; then nothing is changed either.

        """
        return self.ask(Reconfigure(flags, children), block=True, timeout=timeout)
