"""Disturbs an operation at each of its steps, and checks what is left.

A `World` is a folder with a library and its state, something to be done there, and
what must hold afterwards. `TRIALS` are the ways to disturb it; each returns how many
times it did.
"""

import errno
import os
import random
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from orquestrador.errors import OrquestradorError
from tests.faults.filesystem.layer import (
    FaultyFiles,
    Operation,
    Refuse,
    Shorten,
    Stop,
    StoppedError,
)
from tests.faults.filesystem.picture import Picture


class DoesNotHoldError(AssertionError):
    """A promise that was broken; the text says by what."""


NO_CHANGE = {"open", "fsync"}
"""What a kill leaves is the same before and after these."""


class World(ABC):
    """A folder in which something is done.

    Args:
        folder: an empty folder; everything stands below it.

    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.was_refused = False
        """Whether something could not be done, and was told."""

    @abstractmethod
    def prepare(self) -> None:
        """Make what stands there before; it counts as durable."""

    @abstractmethod
    def act(self) -> None:
        """Do what is disturbed."""

    def says_so(self, refusal: Exception, error: int) -> bool:
        """Whether what the user reads names what the system said."""
        return os.strerror(error) in str(refusal)

    @abstractmethod
    def check(self, *, done: bool) -> None:
        """Look at what is left, as the next start of the program finds it.

        Args:
            done: whether `act` came to its end.

        """


@dataclass(frozen=True)
class Dose:
    """How much is tried.

    Args:
        most: at most so many steps of an operation, chosen at random; None: all.
        cuts: outcomes of a power cut, at each step.
        seed: of everything chosen.

    """

    most: int | None = None
    cuts: int = 3
    seed: int = 1

    def chosen(self, steps: list[int]) -> list[int]:
        """Return the steps that are tried; the last is always one of them."""
        if self.most is None or len(steps) <= self.most:
            return steps
        dice = random.Random(self.seed)
        return [*sorted(dice.sample(steps[:-1], self.most - 1)), steps[-1]]


class Ground:
    """A world, and how it is before anything is done there."""

    def __init__(self, world: World) -> None:
        self.world = world
        world.prepare()
        self._before = Picture(world.folder)
        self._files: FaultyFiles | None = None
        self.operations: list[Operation] = []
        self.operations = self._log()

    def act(self, fault: Stop | Refuse | Shorten) -> FaultyFiles:
        """Do it from the beginning, disturbed."""
        self._before.write()
        self.world.was_refused = False
        if self._files is not None:
            self._files.disk.close()
        self._files = FaultyFiles(self.world.folder, fault)
        with self._files:
            self.world.act()
        return self._files

    def check(self, *, done: bool) -> None:
        """Check the world; nothing is synced, which is slow and proves nothing here."""
        with mock.patch.object(os, "fsync"):
            self.world.check(done=done)

    @contextmanager
    def told(self, how: str, number: int) -> Generator[None]:
        """Say where it went wrong."""
        try:
            yield
        except Exception as error:
            where: Operation | str = "the end"
            if number < len(self.operations):
                where = self.operations[number]
            what = f"{type(self.world).__name__}: {how} at {number}, {where}: {error}"
            raise DoesNotHoldError(what) from error

    def _log(self) -> list[Operation]:
        with FaultyFiles(self.world.folder) as files:
            self.world.act()
        with self.told("undisturbed", len(files.operations)):
            self.check(done=True)
        return files.operations

    def steps(self, *, without: frozenset[str] | set[str] = frozenset()) -> list[int]:
        """Return where to stop: after each operation that counts, and at the ends."""
        return [
            0,
            *(
                number + 1
                for number, operation in enumerate(self.operations)
                if operation.kind not in without
            ),
        ]


def kill(ground: Ground, dose: Dose) -> int:
    """Kill the program after each operation; what it did stays."""
    steps = dose.chosen(ground.steps(without=NO_CHANGE))
    for at in reversed(steps):
        with ground.told("killed", at):
            files = ground.act(Stop(at))
            ground.check(done=not files.is_stopped)
    return len(steps)


def cut_power(ground: Ground, dose: Dose) -> int:
    """Cut the power after each operation; what was not synced may be lost."""
    steps = dose.chosen(ground.steps(without={"open"}))
    for at in reversed(steps):
        files = ground.act(Stop(at))
        for seed in range(dose.seed, dose.seed + dose.cuts):
            with ground.told(f"power cut, seed {seed},", at):
                files.disk.write_after_cut(f"{seed}, {at}")
                ground.check(done=not files.is_stopped)
    return len(steps) * dose.cuts


def _refuse(error: int, *, lasting: bool = False) -> Callable[[Ground, Dose], int]:
    def refuse(ground: Ground, dose: Dose) -> int:
        steps = [
            number
            for number in range(len(ground.operations))
            if _concerns(error, ground.operations[number])
        ]
        chosen = dose.chosen(steps)
        for at in chosen:
            with ground.told(errno.errorcode[error], at):
                _say_so(ground, Refuse(at, error, lasting=lasting))
        return len(chosen)

    return refuse


def _concerns(error: int, operation: Operation) -> bool:
    fault = Refuse(0, error)
    try:
        fault.before(0, operation)
    except OSError:
        return True
    return False


def _say_so(ground: Ground, fault: Refuse) -> None:
    try:
        ground.act(fault)
    except (OrquestradorError, OSError) as error:
        if not ground.world.says_so(error, fault.error):
            raise
        ground.world.was_refused = True
        ground.check(done=False)
    else:
        assert fault.refused, "nothing was refused"
        # Nothing that counts: a folder that stays empty, a file left for the next time.
        ground.world.was_refused = True
        ground.check(done=True)


def shorten(ground: Ground, dose: Dose) -> int:
    """Write fewer bytes than asked, as the system may; it must not be noticed."""
    steps = [
        number
        for number, operation in enumerate(ground.operations)
        if operation.kind == "write"
    ]
    chosen = dose.chosen(steps) if steps else []
    for at in chosen:
        with ground.told("short write", at):
            ground.act(Shorten(at))
            ground.check(done=True)
    return len(chosen)


TRIALS: dict[str, Callable[[Ground, Dose], int]] = {
    "kill": kill,
    "power cut": cut_power,
    "disk full for a moment": _refuse(errno.ENOSPC),
    "disk full": _refuse(errno.ENOSPC, lasting=True),
    "no permission for a moment": _refuse(errno.EACCES),
    "no permission": _refuse(errno.EACCES, lasting=True),
    "drive fails once": _refuse(errno.EIO),
    "short write": shorten,
}

__all__ = ["TRIALS", "DoesNotHoldError", "Dose", "Ground", "StoppedError", "World"]
