"""Records, file states and an open catalog for the tests of this room."""

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from orquestrador.catalog import Catalog
from orquestrador.messages import (
    Batch,
    ClassifiedContent,
    Evidence,
    Facts,
    FileState,
    Input,
    Label,
    Record,
    RecordEvidence,
    WeightedLabel,
)

MakeRecord = Callable[..., Record]
MakeState = Callable[..., FileState]
Put = Callable[..., Record]

LOOKED_AT_NS = 1_700_000_100_000_000_000


def _evidence(rule: str) -> tuple[Evidence, ...]:
    return (Evidence(rule=rule, line=7, text="OrderSend(...)"),)


def _labels(codes: tuple[str, ...] | None) -> tuple[Label, ...] | None:
    if codes is None:
        return None
    return tuple(Label(label=code, evidence=_evidence(code)) for code in codes)


def _record(content: str, **changes: Any) -> Record:
    """Make the record of the content named so; label fields are given as codes."""
    strategies = changes.pop("strategies", ("grid",))
    given: dict[str, Any] = {
        "path": "",
        "sha256": hashlib.sha256(content.encode()).hexdigest(),
        "size": 1000,
        "encoding": "utf-8",
        "language": "mql4",
        "language_version": None,
        "kind": "expert",
        "primary": strategies[0] if strategies else None,
        "strategies": None
        if strategies is None
        else tuple(
            WeightedLabel(label=code, weight=0.5, evidence=_evidence(code))
            for code in strategies
        ),
        "risk": _labels(changes.pop("risk", ())),
        "hygiene": _labels(changes.pop("hygiene", ())),
        "prop_firm": None,
        "symbols": (),
        "timeframes": (),
        "facts": Facts(),
        "quality": None,
        "evidence": RecordEvidence(),
        "confidence": 0.9,
        "reason": None,
        "level": "full",
        "classifier": "1+rules",
    }
    return Record(**(given | changes))


def _state(raw: bytes, content: str | None, **changes: Any) -> FileState:
    """Make the state of a file that holds the content named so."""
    given: dict[str, Any] = {
        "raw": raw,
        "size": 1000,
        "mtime_ns": 1_700_000_000_123_456_789,
        "inode": 42,
        "scanned_at_ns": LOOKED_AT_NS,
        "sha256": None
        if content is None
        else hashlib.sha256(content.encode()).hexdigest(),
        "suffix": ".mq4",
    }
    return FileState(**(given | changes))


@pytest.fixture
def make_record() -> MakeRecord:
    return _record


@pytest.fixture
def make_state() -> MakeState:
    return _state


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "catalog.sqlite3"


@pytest.fixture
def catalog(path: Path) -> Iterator[Catalog]:
    with Catalog(path) as opened:
        yield opened


@pytest.fixture
def put(catalog: Catalog) -> Put:
    """Store one classified file: its name, then what its record says."""

    def store(name: str, content: str = "", **changes: Any) -> Record:
        record = _record(content or name, **changes)
        catalog.store(
            Batch(
                files=(_state(name.encode(), content or name, size=record.size),),
                records=(ClassifiedContent(suffix=".mq4", record=record),),
            )
        )
        return record.replace(path=name.replace("%", "%25"))

    return store


@pytest.fixture
def facts() -> Facts:
    return Facts(
        name="Gold Grid",
        author="Ana Média, Fictional Software",
        description="Opens a grid at night",
        inputs=(Input(name="UseTrailingStop", comment="Passo do preço"),),
        functions=("OnTick", "CalculateLots"),
    )
