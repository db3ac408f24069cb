"""The record as INTERFACE.md's JSON, and back."""

import json

import pytest

from orquestrador.errors import MessageDecodeError
from orquestrador.messages import (
    Evidence,
    Label,
    Record,
    WeightedLabel,
    record_from_json,
    record_json_line,
    record_to_json,
)
from orquestrador.messages.record import unknown_record

KEYS = [
    *("path", "sha256", "size", "encoding", "language", "language_version", "kind"),
    *("primary", "strategies", "risk", "hygiene", "prop_firm", "symbols"),
    *("timeframes", "facts", "quality", "evidence", "confidence", "reason", "level"),
    "classifier",
]
WHY = Evidence(rule="grid.step", line=212, text="if (Ask < last - Step)")


@pytest.fixture
def record() -> Record:
    nothing = unknown_record(
        sha256="0" * 64, size=3, reason="empty", level="full", classifier="1+0"
    )
    return nothing.replace(
        path="EAs/Gold Grid.mq4",
        strategies=(WeightedLabel(label="grid", weight=1.0, evidence=(WHY,)),),
        risk=(Label(label="stop_loss", evidence=(WHY,)),),
    )


def test_every_key_is_there_in_the_documented_order(record: Record) -> None:
    assert list(record_to_json(record)) == KEYS
    assert list(json.loads(record_json_line(record))) == KEYS


def test_risk_and_hygiene_are_objects_by_label(record: Record) -> None:
    plain = json.loads(record_json_line(record))

    assert plain["risk"] == {
        "stop_loss": [{"rule": WHY.rule, "line": 212, "text": WHY.text}]
    }
    assert plain["hygiene"] == {}
    assert plain["strategies"][0]["label"] == "grid"


def test_a_record_comes_back_from_its_json(record: Record) -> None:
    assert record_from_json(json.loads(record_json_line(record))) == record


def test_labels_that_were_not_looked_for_are_null() -> None:
    quick = unknown_record(
        sha256="", size=0, reason="gone", level="quick", classifier="1+0"
    )

    plain = json.loads(record_json_line(quick))
    assert [plain[key] for key in ("strategies", "risk", "symbols")] == [None] * 3


def test_json_that_is_no_record_is_an_error_with_the_place(record: Record) -> None:
    plain = record_to_json(record) | {"size": "3"}

    with pytest.raises(MessageDecodeError, match="size"):
        record_from_json(plain)
