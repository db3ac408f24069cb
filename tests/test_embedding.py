"""The orchestrator inside other programs: their actors, their loop, their process."""

import asyncio
import locale
import logging
import os
import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from orquestrador import Orchestrator
from orquestrador.errors import EntryPointError
from orquestrador.messages import Request
from orquestrador.supervisor import ChildSpec, ChildStarted, ProtocolActor, handles

EXAMPLES = Path(__file__).parents[1] / "examples" / "library"
INLINE = {"classification": {"engine": "inline"}}

Offer = Callable[[str, str], None]

MODULE = """\
from orquestrador.supervisor import Actor, ChildSpec

class Mine(Actor):
    pass

class Other(Actor):
    pass

SPEC = ChildSpec(id="mine", actor=Mine)
SPECS = [SPEC, ChildSpec(id="other", actor=Other)]

def make():
    return SPEC

def fail():
    raise RuntimeError("no licence")

NUMBER = 3
MIXED = [SPEC, "other"]
"""


class Boom(Request[None]):
    """Ask it to fail."""


class Fragile(ProtocolActor[Boom]):
    """Fails when asked to."""

    @handles(Boom)
    def _fail(self, _message: Boom) -> None:
        raise RuntimeError("as asked")


@pytest.fixture
def library(tmp_path: Path) -> Path:
    folder = tmp_path / "EAs"
    for path in sorted(EXAMPLES.rglob("*.mq?"))[:12]:
        place = folder / path.relative_to(EXAMPLES)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, place)
    return folder


@pytest.fixture
def offer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Offer:
    """Return what installs a package that offers actors."""
    site = tmp_path / "site"

    def install(name: str, value: str) -> None:
        info = site / "mine_pkg-1.0.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: mine-pkg\n")
        (info / "entry_points.txt").write_text(
            f"[orquestrador.actors]\n{name} = {value}\n"
        )
        (site / "mine_offered.py").write_text(MODULE)
        monkeypatch.setattr(sys, "path", [str(site), *sys.path])
        monkeypatch.delitem(sys.modules, "mine_offered", raising=False)

    return install


def names(orq: Orchestrator) -> set[str]:
    return {each["name"] for each in orq.status()["actors"]}


# -- actors of others ------------------------------------------------------------------


def test_an_extra_actor_is_supervised_like_ours(library: Path) -> None:
    spec = ChildSpec(id="fragile", actor=Fragile)
    restarted = threading.Event()

    def note(event: ChildStarted) -> None:
        if (event.child, event.incarnation) == ("fragile", 2):
            restarted.set()

    with Orchestrator(library, settings=INLINE, extra=[spec]) as orq:
        orq.subscribe(ChildStarted, note)
        (info,) = [each for each in orq.status()["actors"] if each["name"] == "fragile"]
        parents = {each["urn"]: each["name"] for each in orq.status()["actors"]}
        assert parents[info["parent"]] == "services"

        with pytest.raises(RuntimeError, match="as asked"):
            orq.system.ref("fragile").ask(Boom(), block=True, timeout=30)

        assert restarted.wait(30)
        assert orq.classify(backup=False, report=False).result(timeout=60).files == 12


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("mine_offered:SPEC", {"mine"}),
        ("mine_offered:SPECS", {"mine", "other"}),
        ("mine_offered:make", {"mine"}),
    ],
)
def test_installed_packages_add_their_actors(
    library: Path, offer: Offer, value: str, expected: set[str]
) -> None:
    offer("mine", value)

    with Orchestrator(library, settings=INLINE) as orq:
        assert expected <= names(orq)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("no_such_module:SPEC", "ModuleNotFoundError"),
        ("mine_offered:NO_SUCH_NAME", "AttributeError"),
        ("mine_offered:fail", "RuntimeError: no licence"),
        ("mine_offered:NUMBER", "gives int"),
        ("mine_offered:MIXED", "gives str"),
    ],
)
def test_a_broken_offer_is_named_and_nothing_is_left(
    library: Path,
    offer: Offer,
    monkeypatch: pytest.MonkeyPatch,
    value: str,
    said: str,
) -> None:
    offer("mine", value)

    with pytest.raises(EntryPointError) as caught:
        Orchestrator(library, settings=INLINE).start()

    for words in ("'mine'", value, "'mine-pkg'", said):
        assert words in str(caught.value)
    monkeypatch.undo()
    with Orchestrator(library, settings=INLINE) as orq:
        assert "mine" not in names(orq)


# -- the program around ----------------------------------------------------------------


def test_nothing_of_the_program_around_is_changed(library: Path) -> None:
    def surroundings() -> tuple[Any, ...]:
        root = logging.getLogger()
        return (
            [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)],
            (list(root.handlers), root.level),
            locale.setlocale(locale.LC_ALL),
            Path.cwd(),
            dict(os.environ),
            sys.excepthook,
            threading.excepthook,
        )

    before = surroundings()
    with Orchestrator(library, settings=INLINE) as orq:
        orq.classify().result(timeout=60)
        assert surroundings() == before
    assert surroundings() == before


def test_a_running_loop_goes_on(library: Path) -> None:
    ticks: list[float] = []

    async def tick() -> None:
        while True:
            ticks.append(time.monotonic())
            await asyncio.sleep(0.01)

    async def cells() -> int:
        ticking = asyncio.create_task(tick())
        orq = Orchestrator(library)
        await asyncio.to_thread(orq.start)
        before = len(ticks)
        run = orq.classify()
        result = await asyncio.to_thread(run.result, 60)
        during = len(ticks) - before
        await asyncio.to_thread(orq.stop)
        ticking.cancel()
        assert during >= 3
        return result.files

    assert asyncio.run(cells()) == 12


def test_it_may_be_used_inside_a_coroutine_as_anywhere(library: Path) -> None:
    async def cell() -> int:
        with Orchestrator(library, settings=INLINE) as orq:
            return orq.classify().result(timeout=60).files

    assert asyncio.run(cell()) == 12


def test_several_work_side_by_side(library: Path, tmp_path: Path) -> None:
    others = [tmp_path / name for name in ("a", "b", "c")]
    for number, folder in enumerate(others):
        folder.mkdir()
        for each in range(number + 1):
            text = f"int OnInit() {{ return {each}; }}\n"
            (folder / f"{each}.mq4").write_text(text, encoding="utf-8")
    files: dict[str, int] = {}

    def classify(folder: Path) -> None:
        with Orchestrator(folder, settings=INLINE) as orq:
            files[folder.name] = orq.classify().result(timeout=60).files

    threads = [
        threading.Thread(target=classify, args=(each,)) for each in [library, *others]
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert files == {"EAs": 12, "a": 1, "b": 2, "c": 3}
