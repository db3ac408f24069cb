"""What is known about second places: what each has, and since when.

`pushes.json` in our folder of the repository. Lost, it means that nothing was pushed.
"""

import datetime as dt
from pathlib import Path

import msgspec

from orquestrador.snapshots.checked import Checks
from orquestrador.snapshots.files import load, save

FILE_NAME = "pushes.json"


class Pushed(msgspec.Struct, frozen=True):
    """What a second place had when it was last brought up to date."""

    at: dt.datetime
    newest: str
    """Id of the newest snapshot there."""

    snapshots: int
    is_second_place: bool
    """Whether it was on another disk than the library, or another computer."""

    may_be_public: bool = False
    """Whether the user has said that anybody may read it."""


class Pushes(msgspec.Struct):
    """Every place that was ever brought up to date."""

    version: int = 1
    places: dict[str, Pushed] = {}

    def known_at(self, place: str, checks: Checks) -> dt.datetime | None:
        """Return when a place last had the library as it was; None if never."""
        pushed = self.places.get(place)
        if pushed is None:
            return None
        complete = checks.complete
        if complete is not None and complete.snapshot == pushed.newest:
            return max(complete.at, pushed.at)
        return pushed.at


def load_pushes(ours: Path) -> Pushes:
    """Return what is known; nothing where there is no readable file.

    Args:
        ours: our folder of the repository.

    """
    return load(ours / FILE_NAME, Pushes) or Pushes()


def save_push(ours: Path, place: str, pushed: Pushed) -> None:
    """Keep what a place has now.

    Raises:
        OSError: if it cannot be written; what was known before still is.

    """
    pushes = load_pushes(ours)
    pushes.places[place] = pushed
    save(ours / FILE_NAME, pushes)


def has_second_place(repository: Path, library: Path) -> bool:
    """Whether a failure of the library's disk leaves some snapshot.

    Args:
        repository: the snapshot repository, which need not be there.
        library: the library's folder.

    """
    pushes = load_pushes(repository / "orquestrador")
    if any(each.is_second_place for each in pushes.places.values()):
        return True
    try:
        return repository.stat().st_dev != library.stat().st_dev
    except OSError:
        return False
