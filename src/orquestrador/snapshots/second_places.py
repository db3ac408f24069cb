"""Second places: the same snapshots on another disk, or another computer."""

import datetime as dt
from collections.abc import Callable, Generator
from pathlib import Path

from orquestrador.errors import PublicRepositoryError, SnapshotError
from orquestrador.messages import BackupProgress
from orquestrador.messages.backup import PushResult
from orquestrador.snapshots.opened import OpenedRepository
from orquestrador.snapshots.opening import explained
from orquestrador.snapshots.pushed import Pushed, Pushes, load_pushes, save_push
from orquestrador.snapshots.remotes import is_second_place


class SecondPlaces(OpenedRepository):
    """Brings second places up to date; remembers what each has."""

    def push_steps(  # noqa: PLR0913 -- what a caller may choose
        self,
        location: str,
        library: Path,
        *,
        prune: bool = False,
        may_ask: bool = False,
        may_be_public: bool = False,
        stopped: Callable[[], bool] = lambda: False,
        now: dt.datetime | None = None,
    ) -> Generator[BackupProgress, None, PushResult]:
        """Bring a second place up to date; may be done with `read_only`.

        Args:
            location: a folder, or the address of a Git repository.
            library: the library, to tell whether the place is on its disk.
            prune: remove the snapshots there that are not here any more.
            may_ask: whether the user may be asked for passwords.
            may_be_public: push though anybody could read it there.
            stopped: asked again and again; once true, the push ends with an error.
            now: with a time zone; the system's clock if None.

        Raises:
            PublicRepositoryError: if anybody can read the repository.
            SnapshotError: if there is nothing to push, or it could not be pushed.

        """
        from orquestrador.snapshots.pushing import Pushing  # noqa: PLC0415 -- loaded when it is used
        from orquestrador.snapshots.transport import Remote  # noqa: PLC0415 -- likewise

        snapshots = sorted(
            (snapshot for snapshot, _ in self._read_all()), key=lambda each: each.time
        )
        if not snapshots:
            raise SnapshotError(
                "there is no snapshot yet; `orquestrador backup create` takes one"
            )
        tags = self._store.tags()
        remote = Remote(location, may_ask=may_ask, stopped=stopped)
        if remote.folder is not None and _is_same(remote.folder, self._path):
            raise SnapshotError("that is the snapshots' own folder; name another one")
        try:
            if not may_be_public and remote.is_public():
                raise PublicRepositoryError(
                    f"anybody can read {location}: your sources would be public. Make "
                    "the repository private, or say --yes"
                )
            pushing = Pushing(
                self._store, {each.id: tags[each.id] for each in snapshots}
            )
            result = yield from pushing.steps(remote, prune=prune)
        finally:
            remote.close()
        done = Pushed(
            at=now or dt.datetime.now(dt.UTC),
            newest=snapshots[-1].id,
            snapshots=len(snapshots),
            is_second_place=is_second_place(location, library),
            may_be_public=may_be_public,
        )
        with explained(self._path):
            save_push(self._ours, location, done)
        return result

    def pushes(self) -> Pushes:
        """Return what is known about second places."""
        return load_pushes(self._ours)


def _is_same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return False
