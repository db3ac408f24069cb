"""What was done when, kept over the program's end.

`schedule.json` in the state folder. Lost or damaged, everything counts as never done.
"""

import datetime as dt
import os
from pathlib import Path

import msgspec

from orquestrador.scheduling.calendar import Schedule
from orquestrador.scheduling.quiet import Reason

FILE_NAME = "schedule.json"


class _Kept(msgspec.Struct):
    done: dict[str, dt.datetime] = {}
    paused: Reason | None = None


class Agenda:
    """Which jobs are due; for one process at a time.

    Args:
        state: the state folder.
        only: the one kind of jobs that this one is about; each kind has a file.

    """

    def __init__(self, state: Path, only: str = "") -> None:
        name = f"{only}-{FILE_NAME}" if only else FILE_NAME
        self._path = state / name
        self._kept = _load(self._path)

    def is_due(
        self, job: str, schedule: Schedule, now: dt.datetime, *, first: bool = False
    ) -> bool:
        """Whether a job is due.

        Args:
            job: its name.
            schedule: when it is.
            now: with a time zone.
            first: whether it is due when it was never done; else its time begins
                when it is first asked about.

        Raises:
            OSError: if what begins now cannot be kept.

        """
        last = self._kept.done.get(job)
        if last is not None:
            return schedule.is_due(last, now)
        if first and schedule.is_due(None, now):
            return True
        self.note_done(job, now)
        return False

    def last(self, job: str) -> dt.datetime | None:
        """Return when a job was last done; None if never."""
        return self._kept.done.get(job)

    def note_done(self, job: str, now: dt.datetime) -> None:
        """Take note that a job was done, or tried.

        Raises:
            OSError: if that cannot be kept.

        """
        self._kept.done[job] = now
        self._save()

    @property
    def paused(self) -> Reason | None:
        """Why work in the background waits."""
        return self._kept.paused

    def note_paused(self, reason: Reason | None) -> None:
        """Take note that work waits, or does not any more.

        Raises:
            OSError: if that cannot be kept.

        """
        if reason != self._kept.paused:
            self._kept.paused = reason
            self._save()

    def _save(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        draft = self._path.with_suffix(".draft")
        with draft.open("wb") as file:
            file.write(msgspec.json.format(msgspec.json.encode(self._kept), indent=1))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self._path)


def _load(path: Path) -> _Kept:
    try:
        return msgspec.json.decode(path.read_bytes(), type=_Kept)
    except (OSError, msgspec.DecodeError):
        return _Kept()
