"""The watcher: turns what happens in the library's folder into looks at it."""

import contextlib
import logging
import time
from types import TracebackType
from typing import TYPE_CHECKING

from pykka import ActorDeadError

from orquestrador.actors.classifier import ClassifierActor
from orquestrador.actors.run_orders import RunOrders
from orquestrador.config import QuietSettings, WatchSettings
from orquestrador.library import root_identity
from orquestrador.messages import Message
from orquestrador.messages.run import ClassifyLibrary, RunFinished, RunLost
from orquestrador.messages.saves import PathsLookedAt, PathsSettled
from orquestrador.messages.watching import (
    AwaitStored,
    ChangesArrived,
    CheckWatch,
    Degradation,
    DegradationCode,
    GetWatcherState,
    LookAgain,
    OpenWatch,
    Reconcile,
    WatcherState,
)
from orquestrador.scheduling import Quiet
from orquestrador.supervisor import (
    FencedError,
    LaterReply,
    ProtocolActor,
    UnknownActorError,
    handles,
)
from orquestrador.watching import (
    Comparisons,
    Inbox,
    News,
    Opened,
    Sent,
    Settling,
    Waiting,
    WatchPlan,
    is_limit,
    open_watch,
)

if TYPE_CHECKING:
    from orquestrador.supervisor import Subscription

logger = logging.getLogger(__name__)

_CHECK_S = 2.0
_SOON_S = 0.02
"""No tick follows another sooner: a burst is taken in gulps."""

_PAUSE_S = 1.0
"""Between two comparisons of the whole library, whatever the reasons."""

_RETRY_S = 30.0
_QUIET_S = 60.0
"""After it a comparison that waits for the machine to be free looks again."""

_PATHS = 64
"""In one message: what is saved next does not wait long behind them."""


class WatcherActor(ProtocolActor[OpenWatch | GetWatcherState | AwaitStored]):
    """Tells the classifier of paths that have come to rest (`PathsSettled`).

    It begins with `OpenWatch`, later incarnations by themselves. Nothing is missed: at
    the start, after a loss of events, when the library was away, and from time to
    time, it asks for a run over the whole library, once the observer stands. It
    publishes `WatcherState` when that changes.

    Private state: the observer with its thread; paths that have changed and are not
    stored yet; who waits for them. A new incarnation opens an observer of its own,
    and the run that it asks for finds what was under way.
    """

    def __init__(
        self,
        plan: WatchPlan,
        settings: WatchSettings,
        orders: RunOrders,
        quiet: QuietSettings,
    ) -> None:
        super().__init__()
        self._plan = plan
        self._settings = settings
        self._orders = orders
        self._quiet = Quiet(
            on_battery=quiet.on_battery, above_load_percent=quiet.above_load_percent
        )
        self._inbox = Inbox(self._ring)
        self._opened: Opened | None = None
        self._identity: tuple[int, int] | None = None
        self._settling = self._nothing()
        self._sent = Sent()
        self._comparisons = Comparisons()
        self._waiting = Waiting()
        self._degraded: dict[DegradationCode, Degradation] = {}
        self._events = 0
        self._overflows = 0
        self._news = News()
        self._subscriptions: list[Subscription] = []

    def on_start(self) -> None:
        """Begin to hear; and to watch, if an earlier incarnation has begun."""
        for kind in (PathsLookedAt, RunFinished, RunLost):
            subscription = self.system.events.subscribe(kind, self._hear)
            self._subscriptions.append(subscription)
        if self._orders.begun:
            # Polling begins with a look at everything: nobody's start waits for that.
            self.tell_self(OpenWatch())

    def on_stop(self) -> None:
        """Watch no more."""
        self._close()

    def on_failure(
        self,
        exception_type: type[BaseException] | None,
        exception_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Watch no more: the next incarnation opens an observer of its own."""
        self._close()

    # -- questions -------------------------------------------------------------------

    @handles(GetWatcherState)
    def _get_state(self, _message: GetWatcherState) -> WatcherState:
        return self._state()

    @handles(AwaitStored)
    def _await_stored(self, _message: AwaitStored) -> LaterReply:
        answer = self.reply_later()
        wait_s = self.remaining_s
        until = None if wait_s is None else time.monotonic() + wait_s
        opened = self._opened
        cookies = None if opened is None else opened.cookies
        self._waiting.add(answer, until, cookies, opened.proofs if opened else 1)
        self._advance()
        return answer

    # -- the observer ------------------------------------------------------------------

    @handles(OpenWatch)
    def _open(self, _message: OpenWatch) -> None:
        self._close_watch()
        self._orders.begun = True
        self.timers.start_periodic("check", _CHECK_S, CheckWatch())
        self._identity = root_identity(self._plan.library)
        if self._identity is None:
            self._lose_library()
            return
        # What the thread of the one before still says is void, and what it has said
        # may be about another drive: the run finds all of it.
        oldest = self._settling.oldest()
        # What happens from here on counts as not compared: a cookie is seen later.
        since = time.monotonic() if oldest is None else oldest
        self._inbox, self._settling = Inbox(self._ring), self._nothing()
        try:
            opened = open_watch(self._plan, self._inbox)
        except OSError as error:
            self._degrade("observer", f"the library cannot be watched: {error}")
            return
        self._opened = opened
        for code in ("away", "observer", "watches", "instances"):
            if opened.degraded is None or opened.degraded.code != code:
                self._recover(code)
        if opened.degraded is not None:
            each = opened.degraded
            self._degrade(each.code, each.words, each.remedy)
        self._waiting.renew(opened.cookies, opened.proofs)
        self._comparisons.hold(0.0)
        self._comparisons.want(since)
        self._advance()

    @handles(CheckWatch)
    def _check(self, _message: CheckWatch) -> None:
        identity = root_identity(self._plan.library)
        if identity is None:
            self._lose_library()
        elif (
            self._opened is None
            or identity != self._identity
            or not self._opened.watch.is_alive()
        ):
            # It is back, or another drive stands in its place, or nobody watches.
            self._open(OpenWatch())
        self._waiting.forget_late(time.monotonic())
        self._advance()

    def _lose_library(self) -> None:
        self._close_watch()
        self._degrade("away", f"the library's folder {self._plan.library} is away")

    # -- what was heard --------------------------------------------------------------

    @handles(ChangesArrived)
    def _changes_arrived(self, _message: ChangesArrived) -> None:
        self._advance()

    @handles(LookAgain)
    def _look_again(self, _message: LookAgain) -> None:
        self._advance()

    @handles(PathsLookedAt)
    def _paths_looked_at(self, message: PathsLookedAt) -> None:
        batch = self._sent.take(message.paths)
        if batch is None:
            return
        if message.problem is None:
            self._recover("store")
        else:
            self._degrade("store", message.problem)
            self._comparisons.want(min(settled.first for settled in batch))
            self._hold(_RETRY_S)
        self._advance()

    @handles(RunFinished)
    def _run_finished(self, message: RunFinished) -> None:
        self._compared(message.token, message.problem)

    @handles(RunLost)
    def _run_lost(self, message: RunLost) -> None:
        self._compared(message.token, message.reason)

    def _compared(self, token: str, problem: str | None) -> None:
        if not self._comparisons.end(token, failed=problem is not None):
            return
        if problem is not None:
            self._degrade("run", problem)
            self._hold(_RETRY_S)
        else:
            self._recover("run")
            self._recover("store")
            self._hold(_PAUSE_S)
        self.timers.start_once("reconcile", self._settings.reconcile_s, Reconcile())
        self._advance()

    def _hold(self, delay_s: float) -> None:
        self._comparisons.hold(time.monotonic() + delay_s)
        self.timers.start_once("again", delay_s, LookAgain())

    @handles(Reconcile)
    def _reconcile(self, _message: Reconcile) -> None:
        if self._degraded.keys() & {"watches", "instances"}:
            # Perhaps there is room by now.
            self._open(OpenWatch())
            return
        if self._quiet.reason() is not None:
            # Nothing says that anything was missed: only that it is time to look.
            self.timers.start_once("reconcile", _QUIET_S, Reconcile())
            return
        self._comparisons.want(time.monotonic())
        self._advance()

    # -- one step --------------------------------------------------------------------

    def _advance(self) -> None:
        """Do what is to be done now, and see to it that the rest is done in time."""
        self._take_arrivals()
        if self._opened is not None:
            self._send_settled()
            self._compare()
        self._waiting.answer(self._oldest(), self._state)
        self._tell_state()
        self._set_alarm()

    def _take_arrivals(self) -> None:
        arrivals = self._inbox.take()
        self._events += arrivals.events
        if arrivals.overflows:
            self._overflows += arrivals.overflows
            logger.warning(
                "The system lost events; the whole library is compared with the catalog"
            )
        self._settling.merge(arrivals.changes)
        everything = self._settling.take_everything()
        if everything is not None:
            self._comparisons.want(everything)
        if self._opened is not None:
            for name, at in arrivals.cookies.items():
                self._waiting.see(name, at, self._opened.cookies)
        if arrivals.lost_root:
            self.tell_self(CheckWatch())
        if arrivals.problem is not None:
            self._take_problem(arrivals.problem)

    def _take_problem(self, problem: Exception) -> None:
        if not (isinstance(problem, OSError) and is_limit(problem)):
            raise problem
        # The next try finds the same limit at once, and polls.
        self._close_watch()
        self.tell_self(OpenWatch())

    def _send_settled(self) -> None:
        while len(self._settling) and self._sent.has_room:
            if root_identity(self._plan.library) != self._identity:
                # Everything looks gone now, and is not.
                self.tell_self(CheckWatch())
                return
            batch = self._settling.take(time.monotonic(), _PATHS)
            if not batch:
                return
            self._tell_classifier(
                PathsSettled(
                    paths=self._sent.add(batch),
                    saved_at=tuple(settled.saved_at for settled in batch),
                )
            )

    def _compare(self) -> None:
        if self._comparisons.may_begin(time.monotonic()):
            order = self._orders.next()
            self._comparisons.begin(order.token)
            self._tell_classifier(ClassifyLibrary(order=order))

    def _set_alarm(self) -> None:
        due = self._settling.next_due()
        if due is not None and self._sent.has_room:
            delay_s = max(_SOON_S, due - time.monotonic())
            self.timers.start_once("look", delay_s, LookAgain())
        elif due is None and not self._inbox.rest():
            self.timers.start_once("look", _SOON_S, LookAgain())

    def _oldest(self) -> float | None:
        """Return since when the oldest waits of what is not in the catalog yet."""
        times = (
            self._settling.oldest(),
            self._comparisons.oldest(),
            self._sent.oldest(),
        )
        return min((each for each in times if each is not None), default=None)

    def _nothing(self) -> Settling:
        return Settling(self._settings.settle_s, self._settings.longest_settle_s)

    # -- what is told ----------------------------------------------------------------

    def _state(self) -> WatcherState:
        opened = self._opened
        return WatcherState(
            kind="none" if opened is None else opened.watch.kind,
            folders=0 if opened is None else opened.watch.folders,
            pending=len(self._settling) + len(self._sent),
            reconciling=self._comparisons.outstanding,
            events=self._events,
            overflows=self._overflows,
            degraded=tuple(self._degraded.values()),
        )

    def _tell_state(self) -> None:
        state = self._state()
        if self._news.is_due(state, time.monotonic()):
            self.publish(state)

    def _degrade(
        self, code: DegradationCode, words: str, remedy: str | None = None
    ) -> None:
        degraded = Degradation(code=code, words=words, remedy=remedy)
        if self._degraded.get(code) != degraded:
            self._degraded[code] = degraded
            logger.warning("The watcher: %s%s", words, f"; {remedy}" if remedy else "")
        self._tell_state()

    def _recover(self, code: DegradationCode) -> None:
        if self._degraded.pop(code, None) is not None:
            logger.info("The watcher: no longer %r", code)

    def _tell_classifier(self, message: ClassifyLibrary | PathsSettled) -> None:
        # One that is just ending takes the watcher with it.
        with contextlib.suppress(ActorDeadError, UnknownActorError):
            self.system.ref("classifier", ClassifierActor).tell(message)

    # -- in other threads ------------------------------------------------------------

    def _hear(self, event: Message) -> None:
        if self.abandoned:
            self._cancel()
        else:
            self.tell_self(event)

    def _ring(self) -> None:
        with contextlib.suppress(ActorDeadError, FencedError):
            self.tell_self(ChangesArrived())

    # -- the end -----------------------------------------------------------------------

    def _cancel(self) -> None:
        for subscription in self._subscriptions:
            subscription.cancel()

    def _close_watch(self) -> None:
        opened, self._opened = self._opened, None
        if opened is not None:
            opened.watch.close()

    def _close(self) -> None:
        self._cancel()
        self._close_watch()
