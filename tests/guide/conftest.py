"""A folder laid out like the user's, the guide's controller on it, slow classifiers."""

import functools
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from orquestrador import Orchestrator
from orquestrador.interface.guide import held_system
from orquestrador.interface.guide.central import OrquestradorCentral

EXAMPLES = Path(__file__).parents[2] / "examples" / "library"
PROGRAMS = Path(__file__).parent / "programs"
ROOT = Path(__file__).parents[2]

Until = Callable[[Callable[[], object]], None]
Grow = Callable[[Path, int], None]


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """Return a folder laid out like the user's, with the example library in it."""
    folder = tmp_path / "base"
    shutil.copytree(
        EXAMPLES,
        folder / "CODIGO_FONTE_LIBRARY",
        ignore=shutil.ignore_patterns(".orquestrador"),
    )
    return folder


@pytest.fixture
def configure(base: Path) -> Callable[..., None]:
    """Return what writes the guide's settings to the guide's place."""
    import json  # noqa: PLC0415 -- used here alone

    def write(**settings: object) -> None:
        place = base / "Development" / "config" / "orquestrador.json"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(json.dumps(settings), encoding="utf-8")

    return write


@pytest.fixture
def central(base: Path) -> Iterator[Any]:
    # Without its type: the guide calls what stands behind an underscore.
    made: Any = OrquestradorCentral(base)
    yield made
    made.executar_comando_completo("parar_sistema")


@pytest.fixture
def until() -> Until:
    """Return what waits until something holds."""

    def wait(condition: Callable[[], object]) -> None:
        limit = time.monotonic() + 30
        while not condition():
            assert time.monotonic() < limit, "it did not come to pass"
            time.sleep(0.01)

    return wait


@pytest.fixture
def grow() -> Grow:
    """Return what adds small files to a folder, each with another content."""

    def add(folder: Path, files: int) -> None:
        for number in range(files):
            place = folder / f"{number // 500:03}"
            place.mkdir(parents=True, exist_ok=True)
            text = f"int OnInit() {{ return {number}; }}\n{'// much ado' * 60}\n"
            (place / f"{number}.mq4").write_text(text, encoding="utf-8")

    return add


@pytest.fixture
def slowly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every content take a twentieth of a second to classify."""
    path = os.pathsep.join(filter(None, [str(PROGRAMS), os.environ.get("PYTHONPATH")]))
    monkeypatch.setenv("PYTHONPATH", path)
    monkeypatch.setattr(sys, "path", [str(PROGRAMS), *sys.path])
    slow = functools.partial(Orchestrator, classify="slow_classifier:classify")
    monkeypatch.setattr(held_system, "Orchestrator", slow)
