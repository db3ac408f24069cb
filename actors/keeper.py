"""The keeper's actor: does by schedule what keeps snapshots good over years."""

import contextlib
import datetime as dt
import logging
import tempfile
import uuid
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from orquestrador.actors.bounds import bounded
from orquestrador.config import BackupSettings, QuietSettings
from orquestrador.errors import SnapshotError, UnknownActorError
from orquestrador.messages.backup import (
    CheckFinished,
    LookAtSchedule,
    PushFinished,
    RestoreBeside,
    RestoreFinished,
    SaveClassified,
    SnapshotFinished,
    TakeSnapshot,
    VerifyFinished,
    VerifySnapshots,
)
from orquestrador.scheduling import Agenda, Every, Quiet, Schedule, parse_schedule
from orquestrador.supervisor import ProtocolActor, handles

if TYPE_CHECKING:
    from orquestrador.snapshots import SnapshotRepository

T = TypeVar("T")

logger = logging.getLogger(__name__)

LOOK_S = 60.0
"""Between two looks at the schedule; the first is so long after the start."""

_DAY_S = 86_400.0
_MOST_PROBLEMS = 100
_PAUSES_S = (300.0, 900.0, 3600.0)
"""Before a push that failed is tried again."""


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


@dataclass(frozen=True, kw_only=True)
class KeeperPlace:
    """What is kept, how, and by whose clock."""

    library: Path
    state: Path
    settings: BackupSettings
    quiet: QuietSettings
    now: Callable[[], dt.datetime] = _now
    """The calendar's time, with a time zone."""


class KeeperActor(
    ProtocolActor[
        LookAtSchedule
        | SnapshotFinished
        | SaveClassified
        | RestoreBeside
        | VerifySnapshots
    ]
):
    """Has snapshots taken by schedule, checks a share a day, tries restores, pushes.

    What only reads snapshots and may take minutes is asked of it, too. It is apart
    from the backup's actor because a remote may take its time, and does one job at a
    message. It only reads the repository; the backup's actor writes it.

    Private state: what a new snapshot has made due, and when a push is tried again;
    a new incarnation looks itself. What was done when is in the state folder.
    """

    def __init__(self, place: KeeperPlace) -> None:
        super().__init__()
        settings, quiet = place.settings, place.quiet
        self._place = place
        self._repository = place.state / "snapshots"
        self._agenda = Agenda(place.state)
        self._quiet = Quiet(
            on_battery=quiet.on_battery, above_load_percent=quiet.above_load_percent
        )
        self._schedule = (
            parse_schedule(settings.schedule) if settings.automatic else None
        )
        self._is_new = False
        """Whether a snapshot was taken that nobody has checked."""

        self._saved_at: dt.datetime | None = None
        """When the first of the saves came that no snapshot was taken after."""

        self._must_push = bool(settings.remote)
        self._failures = 0
        self._push_at: dt.datetime | None = None

    def on_start(self) -> None:
        """Begin to look."""
        self.timers.start_periodic("look", LOOK_S, LookAtSchedule())

    @handles(SnapshotFinished)
    def _snapshot_finished(self, message: SnapshotFinished) -> None:
        self._saved_at = None
        if message.snapshot is not None:
            self._is_new = True
            if self._place.settings.remote:
                self._must_push, self._push_at = True, None
                self._push(self._place.now())

    @handles(SaveClassified)
    def _save_classified(self, _message: SaveClassified) -> None:
        if self._saved_at is None:
            self._saved_at = self._place.now()

    @handles(RestoreBeside)
    def _restore_beside(self, message: RestoreBeside) -> None:
        result, problem = None, None
        try:
            with self._opened() as repository:
                to = Path(message.to)
                steps = repository.restore_steps(
                    message.snapshot, to=to, path=message.path
                )
                result = bounded(self._work(steps))
        except SnapshotError as error:
            problem = str(error)
        if result is None:
            logger.error("Not restored to %s: %s", message.to, problem)
        else:
            logger.info("%d files restored to %s", result.written, message.to)
        finished = RestoreFinished(token=message.token, result=result, problem=problem)
        self.publish(finished)

    @handles(VerifySnapshots)
    def _verify_now(self, message: VerifySnapshots) -> None:
        result, problem = None, None
        try:
            with self._opened() as repository:
                steps = repository.verify_steps(message.snapshot, depth=message.depth)
                result = self._work(steps)
            for each in result.problems:
                logger.error("Snapshots, verify: %s", each.what)
            result = result.replace(problems=result.problems[:_MOST_PROBLEMS])
        except SnapshotError as error:
            problem = str(error)
        finished = VerifyFinished(token=message.token, result=result, problem=problem)
        self.publish(finished)

    @handles(LookAtSchedule)
    def _look(self, _message: LookAtSchedule) -> None:
        now = self._place.now()
        self._push(now)
        try:
            done = self._work_in_background(now)
        except OSError as error:
            logger.warning("The schedule cannot be kept: %s", error)
            return
        if done:
            # One job a message: what was asked for meanwhile comes first.
            self.tell_self(LookAtSchedule())

    def _work_in_background(self, now: dt.datetime) -> bool:
        reason = self._quiet.reason()
        if reason != self._agenda.paused:
            if reason is not None:
                logger.info("Work in the background waits: on %s", reason)
            self._agenda.note_paused(reason)
        if reason is not None:
            return False
        # A snapshot is checked once it is there: the next time.
        return not self._take(now) and (self._verify(now) or self._try_restore(now))

    # -- the jobs: each says whether it did anything ---------------------------------

    def _take(self, now: dt.datetime) -> bool:
        schedule = self._schedule
        by_schedule = schedule is not None and self._is_due(
            "snapshot", schedule, now, first=True
        )
        if not by_schedule and not self._has_waited(now):
            return False
        try:
            backup = self.system.ref("backup")
        except UnknownActorError:
            return False  # It is being started: the next look finds it.
        if by_schedule:
            self._agenda.note_done("snapshot", now)
        self._saved_at = None
        reason = "on schedule" if by_schedule else "after saves"
        backup.tell(TakeSnapshot(token=uuid.uuid4().hex, reason=reason))
        return True

    def _has_waited(self, now: dt.datetime) -> bool:
        """Return whether what was saved is to be kept now."""
        settings, since = self._place.settings, self._saved_at
        if since is None or not (settings.automatic and settings.after_saves_s):
            return False
        return now - since >= dt.timedelta(seconds=settings.after_saves_s)

    def _verify(self, now: dt.datetime) -> bool:
        days = self._place.settings.verify_days
        if not days or not self._has_repository():
            return False
        is_due = self._is_due("verify", Every(_DAY_S), now, first=True)
        if not is_due and not self._is_new:
            return False
        self._is_new = False
        self._agenda.note_done("verify", now)

        def steps(repository: "SnapshotRepository") -> tuple[str, ...]:
            checking = repository.verify_steps(depth="share", days=days, now=now)
            return tuple(each.what for each in self._work(checking).problems)

        self._check("verify", steps)
        return True

    def _try_restore(self, now: dt.datetime) -> bool:
        days = self._place.settings.test_restore_days
        if not days or not self._has_repository():
            return False
        if not self._is_due("test_restore", Every(days * _DAY_S), now):
            return False
        self._agenda.note_done("test_restore", now)

        def steps(repository: "SnapshotRepository") -> tuple[str, ...]:
            state = self._place.state
            with tempfile.TemporaryDirectory(prefix="test-restore-", dir=state) as name:
                trying = repository.try_restore_steps(Path(name), now=now)
                problem = self._work(trying).problem
            return () if problem is None else (problem,)

        self._check("test_restore", steps)
        return True

    def _push(self, now: dt.datetime) -> None:
        remote = self._place.settings.remote
        if not remote or not self._must_push or not self._has_repository():
            return
        if self._push_at is not None and now < self._push_at:
            return
        result, problem = None, None
        try:
            with self._opened() as repository:
                known = repository.pushes().places.get(remote)
                steps = repository.push_steps(
                    remote,
                    self._place.library,
                    may_be_public=known is not None and known.may_be_public,
                    stopped=lambda: self.abandoned,
                    now=now,
                )
                result = self._work(steps)
        except SnapshotError as error:
            problem = str(error)
        if problem is None:
            self._must_push, self._push_at, self._failures = False, None, 0
            logger.info("Snapshots pushed to %s", remote)
        else:
            pause_s = _PAUSES_S[min(self._failures, len(_PAUSES_S) - 1)]
            self._failures += 1
            self._push_at = now + dt.timedelta(seconds=pause_s)
            logger.warning("Snapshots not pushed: %s", problem)
        self.publish(PushFinished(remote=remote, result=result, problem=problem))

    # -- the parts -------------------------------------------------------------------

    def _is_due(
        self, job: str, schedule: Schedule, now: dt.datetime, *, first: bool = False
    ) -> bool:
        return self._agenda.is_due(job, schedule, now, first=first)

    def _check(
        self, what: str, steps: "Callable[[SnapshotRepository], tuple[str, ...]]"
    ) -> None:
        try:
            with self._opened() as repository:
                problems = steps(repository)
        except SnapshotError as error:
            problems = (str(error),)
        for problem in problems:
            logger.error("Snapshots, %s: %s", what, problem)
        event = CheckFinished(
            what="verify" if what == "verify" else "test_restore", problems=problems
        )
        self.publish(event)

    def _has_repository(self) -> bool:
        return (self._repository / "HEAD").exists()

    def _opened(self) -> "SnapshotRepository":
        # Loaded with the first job: nothing else needs any of it.
        from orquestrador.snapshots import SnapshotRepository  # noqa: PLC0415 -- loaded when it is used

        return SnapshotRepository(self._repository, read_only=True)

    def _work(self, steps: Generator[Any, None, T]) -> T:
        """Do long work, step by step, and end where the system has given it up."""
        with contextlib.closing(steps):
            while True:
                if self.abandoned:
                    raise SnapshotError("given up because the system stops")
                try:
                    next(steps)
                except StopIteration as end:
                    value: T = end.value
                    return value
