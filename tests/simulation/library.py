"""The orchestrator's own tree in simulated schedules: promise 4.

A library of generated sources is classified while the actors crash, hang and take
long; when a run ends with a problem, or the whole tree ends, it is begun again, as a
person would. In the end the catalog's export must be that of an undisturbed run.
"""

import functools
import gc
import itertools
import os
import shutil
import tempfile
import warnings
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from orquestrador import tree
from orquestrador.actors import classifier as classifier_actor
from orquestrador.actors import dispatch
from orquestrador.catalog import Catalog
from orquestrador.classification import classify as classify_content
from orquestrador.classification.version import classifier_version
from orquestrador.config import load_settings
from orquestrador.errors import ChildStartError
from orquestrador.messages import Record
from orquestrador.messages.codec import encode
from orquestrador.messages.record import Level
from orquestrador.messages.run import ClassifyLibrary, RunFinished, RunLost, RunOrder
from orquestrador.messages.saves import PathsSettled
from orquestrador.supervisor import Supervisor
from orquestrador.supervisor.simulation import Chances, InjectedCrashError, Simulation
from orquestrador.words import ENGLISH

CONTENTS = 12
SAVED = (
    (b"source 3.mq4", b"nowhere/gone.mq4"),
    (b"copies",),
    (b"source 0.mq4", b"source 4.mq5", b"source 3.mq4"),
)
"""What settles beside a run; saved with what stands there already."""

LONG_S = 1000.0
TRIES = 4
LONG_AGO_S = 1_000_000_000
_STRATEGIES = ("grid step", "martingale lot", "iRSI(NULL,0,14,0,0)", "breakout high")


@functools.cache
def classify(data: bytes, name: str, *, level: Level = "full") -> Record:
    """Classify as always, once for each content: it is a function of its arguments."""
    return classify_content(data, name, level=level)


class LibraryWorld:
    """The library, an empty state to begin with, and what is to come out."""

    def __init__(self, folder: Path) -> None:
        self.library = folder / "library"
        self._folder = folder
        self._empty = folder / "empty"
        _write_library(self.library)
        self._empty.mkdir()
        with Catalog(self._empty / "catalog.sqlite3") as catalog:
            catalog.set_library(str(self.library))
        overrides = {
            # A snapshot is named by chance and by the time of day.
            "backup": {"schedule": ""},
            "classification": {"engine": "inline", "batch_bytes": 1024},
            "monitor": {"enabled": False},
        }
        self._settings = load_settings(
            self.library, environment={}, overrides=overrides
        ).settings
        undisturbed = Simulation(0, chances=Chances())
        with undisturbed:
            self.expected: bytes | None = None
            self.expected = self.export(undisturbed)

    def scenario(self, simulation: Simulation) -> None:
        """Classify the library, whatever happens; then look at the export."""
        found = self.export(simulation)
        assert found == self.expected, "the export differs from an undisturbed run's"

    def export(self, simulation: Simulation) -> bytes:
        state = Path(tempfile.mkdtemp(dir=self._folder))
        shutil.copytree(self._empty, state, dirs_exist_ok=True)
        try:
            self._classify(simulation, state)
            with Catalog(state / "catalog.sqlite3") as catalog:
                assert catalog.problems() == []
                return b"".join(encode(record) for record in catalog.records())
        finally:
            shutil.rmtree(state)

    def _classify(self, simulation: Simulation, state: Path) -> None:
        # The process counts the batches of all schedules; a replay begins at one.
        numbers: Any = dispatch
        numbers._numbers = itertools.count(1)
        for number in range(TRIES):
            # In the end a user's machine is calm.
            simulation.faults.paused = number == TRIES - 1
            if self._run(simulation, state, f"run-{number}"):
                simulation.faults.paused = False
                return
        raise AssertionError(f"no run of {TRIES} came to its end without a problem")

    def _run(self, simulation: Simulation, state: Path, token: str) -> bool:
        system = simulation.system
        plan = tree.TreePlan(
            library=self.library,
            state=state,
            settings=self._settings,
            words=ENGLISH,
            monitor=False,
            classify=f"{__name__}:classify",
            classifier=classifier_version(),
        )
        with Catalog(state / "catalog.sqlite3") as catalog:
            catalog.interrupt_open_runs("its process ended before it did")
        ends: list[RunFinished | RunLost] = []
        subscriptions = [
            system.events.subscribe(kind, ends.append)
            for kind in (RunFinished, RunLost)
        ]
        try:
            top = Supervisor.start(tree.flags(), tree.children(plan), system=system)
        except (ChildStartError, InjectedCrashError):
            return False
        tree.connect(system)
        order = RunOrder(
            token=token,
            paths=(),
            level="full",
            verify=False,
            backup=False,
            report=False,
        )
        classifier = system.ref("classifier")
        saves = [PathsSettled(paths=paths) for paths in SAVED]
        # They settle while the run is under way, and before there is one.
        classifier.tell(saves.pop())
        classifier.tell(ClassifyLibrary(order=order))
        for each in saves:
            classifier.tell(each)
        simulation.run_until(lambda: bool(ends) or top.ended.is_set(), LONG_S)
        top.stop(timeout=LONG_S)
        for subscription in subscriptions:
            subscription.cancel()
        return bool(ends) and isinstance(ends[0], RunFinished) and not ends[0].problem


@contextmanager
def library_world() -> Generator[LibraryWorld]:
    """A world in a temporary folder; the classifier's pace is a simulation's."""
    pace: Any = classifier_actor
    before = pace._SLICE_S, pace._PROGRESS_INTERVAL_S
    # Each look is a message of its own, and nothing depends on this machine's speed.
    pace._SLICE_S, pace._PROGRESS_INTERVAL_S = -1.0, 0.0
    try:
        with tempfile.TemporaryDirectory(dir=_fast_folder()) as folder:
            yield LibraryWorld(Path(folder))
    finally:
        pace._SLICE_S, pace._PROGRESS_INTERVAL_S = before
        with warnings.catch_warnings():
            # Who crashes in the last hook leaves the catalog to the collector.
            warnings.simplefilter("ignore", ResourceWarning)
            gc.collect()


def _fast_folder() -> Path | None:
    """Return a folder in memory, where there is one: nothing here is to be kept."""
    memory = Path("/dev/shm")  # noqa: S108 -- a folder of its own is made in it
    return memory if memory.is_dir() else None


def _write_library(library: Path) -> None:
    (library / "copies").mkdir(parents=True)
    for number in range(CONTENTS):
        suffix = (".mq4", ".mq5", ".pine")[number % 3]
        strategy = _STRATEGIES[number % len(_STRATEGIES)]
        text = (
            f"// Sample {number}: {strategy}\n"
            "#property strict\n"
            f"input double Lots = 0.{number + 1};\n"
            "void OnTick() { OrderSend(_Symbol, OP_BUY, Lots, Ask, 3, 0, 0); }\n"
            f"// {'padding ' * 80}\n"
        )
        encoding = "utf-16" if number % 4 == 0 else "cp1252"
        data = (text + "// ação\n").encode(encoding)
        _write_old(library / f"source {number}{suffix}", data)
        if number % 2:
            _write_old(library / "copies" / f"copy {number}{suffix}", data)


def _write_old(path: Path, data: bytes) -> None:
    """Write a file that was changed long ago.

    One that was changed just now is read again by the next run: whether it still is
    just now would depend on how fast this machine is.
    """
    path.write_bytes(data)
    os.utime(path, (LONG_AGO_S, LONG_AGO_S))
