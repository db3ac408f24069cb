"""The end of an incarnation: its last hook, what it owes, and the report of the end.

Only who ends for good closes the mailbox. It does so before `on_stop`, and who
watches hears of it after everything that was sent from there.
"""

import logging
from typing import TYPE_CHECKING

import pykka

from orquestrador.supervisor.control import Ended
from orquestrador.supervisor.decision import Decision
from orquestrador.supervisor.hand import STOPPING
from orquestrador.supervisor.incarnation import Incarnation
from orquestrador.supervisor.reason import SHUTDOWN, EndKind, EndReason

if TYPE_CHECKING:
    from orquestrador.supervisor.actor import Actor

logger = logging.getLogger("pykka")


class Ending:
    """The last two stages of a life: what a `Loop` comes to, whatever happens."""

    def __init__(self, incarnation: Incarnation) -> None:
        """End `incarnation`, when it is time."""
        self._incarnation = incarnation
        self._cell = incarnation.cell
        self._started = False
        self._failed_on: str | None = None

    def _finish(self) -> bool:
        incarnation = self._incarnation
        reason = incarnation.ending or SHUTDOWN
        incarnation.let_go()
        if incarnation.fenced:
            self._settle_debts()
            return True
        if reason.kind is EndKind.FAILED and incarnation.decision is None:
            incarnation.decide(reason.error)
        final = incarnation.final
        if final is None:
            final = not self._cell.restarts_after(reason)
        return self._finish_for_good(reason) if final else self._finish_for_now(reason)

    def _finish_for_now(self, reason: EndReason) -> bool:
        self._cell.begin_restart()
        if not self._run_hook(reason):
            return False
        self._settle_debts()
        return True

    def _finish_for_good(self, reason: EndReason) -> bool:
        base_error = self._base_error(reason)
        if base_error is not None:
            logger.debug(
                "%r in %s. Stopping all actors.", base_error, self._incarnation.ref
            )
        elif reason.kind is EndKind.FAILED:
            self._log_failure(reason.error)
        self._cell.begin_close(reason)
        if not self._run_hook(SHUTDOWN if base_error is not None else reason):
            return False
        # Who was promised a reply hears that there is none before those who watch.
        self._break_promises()
        self._cell.finish_close()
        self._settle_debts()
        if base_error is not None:
            pykka.ActorRegistry.stop_all()
        return True

    def _base_error(self, reason: EndReason) -> BaseException | None:
        """Return what stops every actor in Pykka; a supervised actor just fails."""
        if self._cell.bare and not isinstance(reason.error, Exception):
            return reason.error
        return None

    def _run_hook(self, reason: EndReason) -> bool:
        """Run `on_stop` or `on_failure`; False if the thread was abandoned in it."""
        incarnation = self._incarnation
        actor = incarnation.actor
        if actor is None or not self._started:
            return True
        incarnation.hand.take(STOPPING)
        error = reason.error if reason.kind is EndKind.FAILED else None
        try:
            self._call_hook(actor, error)
        except BaseException as failure:  # noqa: BLE001 -- logged; the end goes on
            self._log_failure(failure)
            if reason.kind is EndKind.SHUTDOWN and not self._cell.bare:
                incarnation.ending = EndReason.failed(failure)
        return incarnation.hand.leave()

    def _call_hook(self, actor: "Actor", error: BaseException | None) -> None:
        if error is None:
            logger.debug("Stopped %s", self._incarnation.ref)
            actor.on_stop()
        else:
            actor.on_failure(type(error), error, error.__traceback__)

    def _settle_debts(self) -> None:
        """Answer the stop requests, and whoever was promised a reply for later."""
        self._incarnation.owed.set_stopped()
        self._break_promises()

    def _break_promises(self) -> None:
        incarnation = self._incarnation
        if incarnation.owed.is_open():
            incarnation.owed.fail(
                pykka.ActorDeadError(f"{incarnation.ref} ended before it replied")
            )

    def _report_end(self) -> bool:
        incarnation, cell = self._incarnation, self._cell
        reason = incarnation.ending or SHUTDOWN
        if reason.error is not None:
            cell.note_failure(reason.error)
        # The instance may be big, and the incarnation is kept until the next start.
        incarnation.actor = None
        logged = cell.mailbox.closed
        if not cell.alone:
            cell.kill_children(reason)
            decision = incarnation.decision or Decision.RESTART
            cell.parent.notify(
                Ended(cell, incarnation.number, reason, self._failed_on, decision)
            )
        incarnation.over = True
        if reason.kind is EndKind.FAILED and not logged:
            # Writing a traceback takes longer than a restart.
            cell.system.make_way()
            self._log_failure(reason.error)
        cell.system.events.wake()
        return True

    def _log_failure(self, error: BaseException | None) -> None:
        logger.error(
            "Unhandled exception in %s:", self._incarnation.ref, exc_info=error
        )
