"""What is known about the snapshots: verified, pushed, damaged."""

import time
from pathlib import Path
from typing import NamedTuple

from orquestrador.snapshots.checked import FILE_NAME as CHECKS
from orquestrador.snapshots.checked import Checks, load_checks
from orquestrador.snapshots.pushed import FILE_NAME as PUSHES
from orquestrador.snapshots.pushed import Pushes, load_pushes


class BackupFigures(NamedTuple):
    """Each is None while it is not known."""

    verified_age_s: float | None
    """Since the library was last as it is in a snapshot that was verified; while none
    was, since the first snapshot."""

    push_age_s: float | None
    """Since the second place last had the library as it was; None without one."""

    damaged: bool | None
    """Whether the last check or test restore found something wrong."""


class BackupReader:
    """Reads the files that checks and pushes leave; again when they have changed.

    Args:
        state: the state folder.
        remote: the setting `backup.remote`.

    """

    def __init__(self, state: Path, remote: str = "") -> None:
        self._snapshots = state / "snapshots"
        self._ours = self._snapshots / "orquestrador"
        self._remote = remote
        self._seen: tuple[int, ...] = ()
        self._checks = Checks()
        self._pushes = Pushes()

    def read(self) -> BackupFigures:
        """Return what is known now."""
        self._load()
        made_at = _changed_ns(self._snapshots / "config") / 1e9
        if not made_at:
            return BackupFigures(None, None, None)
        verified = self._checks.verified_at()
        verified_at = made_at if verified is None else verified.timestamp()
        push_age_s = None
        if self._remote:
            pushed = self._pushes.known_at(self._remote, self._checks)
            push_age_s = _since(made_at if pushed is None else pushed.timestamp())
        checked = self._checks.last is not None or self._checks.restored is not None
        return BackupFigures(
            verified_age_s=_since(verified_at),
            push_age_s=push_age_s,
            damaged=self._checks.is_damaged() if checked else None,
        )

    def _load(self) -> None:
        seen = (_changed_ns(self._ours / CHECKS), _changed_ns(self._ours / PUSHES))
        if seen != self._seen:
            self._seen = seen
            self._checks = load_checks(self._ours)
            self._pushes = load_pushes(self._ours)


def _changed_ns(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


def _since(moment: float) -> float:
    return max(0.0, time.time() - moment)
