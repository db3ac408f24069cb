"""Libraries to do harm to, and what an undisturbed run makes of them."""

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from orquestrador import Orchestrator
from orquestrador.catalog import Catalog, export_records

PROGRAMS = Path(__file__).parent / "programs"
EXAMPLES = Path(__file__).parents[2] / "examples" / "library"

Export = Callable[[Path], bytes]


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """A dozen files of the example library."""
    folder = tmp_path / "library"
    for path in sorted(EXAMPLES.rglob("*.mq?"))[:12]:
        place = folder / path.relative_to(EXAMPLES)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, place)
    return folder


@pytest.fixture
def export(tmp_path: Path) -> Export:
    """Return the export of the catalog in a state folder."""

    def write(state: Path) -> bytes:
        file = tmp_path / "export.jsonl"
        with Catalog(state / "catalog.sqlite3", read_only=True) as catalog:
            export_records(catalog.records(), file)
        return file.read_bytes()

    return write


@pytest.fixture(scope="session")
def exports() -> dict[tuple[tuple[str, bytes], ...], bytes]:
    """Exports by the files that they are about."""
    return {}


@pytest.fixture
def undisturbed(
    tmp_path: Path,
    export: Export,
    exports: dict[tuple[tuple[str, bytes], ...], bytes],
) -> Export:
    """Return the export of a run over a library in which nothing goes wrong."""

    def look_up(library: Path) -> bytes:
        key = tuple(
            (str(path.relative_to(library)), path.read_bytes())
            for path in sorted(library.rglob("*"))
            if path.is_file()
        )
        if key not in exports:
            exports[key] = run(library)
        return exports[key]

    def run(library: Path) -> bytes:
        state = tmp_path / "undisturbed"
        with Orchestrator(
            library,
            state=state,
            settings={"classification": {"engine": "inline"}},
            backup=False,
        ) as orq:
            orq.classify(report=False).result(timeout=60)
        return export(state)

    return look_up


@pytest.fixture(autouse=True)
def faults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let worker processes find the faulty classifiers; where their marks go."""
    folder = tmp_path / "faults"
    folder.mkdir()
    path = os.pathsep.join(filter(None, [str(PROGRAMS), os.environ.get("PYTHONPATH")]))
    monkeypatch.setenv("PYTHONPATH", path)
    monkeypatch.setattr(sys, "path", [str(PROGRAMS), *sys.path])
    monkeypatch.setenv("FAULT_FOLDER", str(folder))
    return folder
