"""What must hold for whatever bytes are classified."""

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import msgspec

from orquestrador.classification import classify
from orquestrador.classification.decoding import decode
from orquestrador.messages import Evidence, Record
from orquestrador.messages.codec import Decoder, encode

if TYPE_CHECKING:
    from collections.abc import Sequence

_DECODER = Decoder(Record)

NAMES = ("a.mq4", "a.mq5", "a.mqh", "a.pine", "a.txt")


@dataclass(frozen=True)
class Tried:
    """One input that kept the promises."""

    record: Record
    cpu_s: float
    """Processor-seconds of its classification."""


class PromiseBrokenError(AssertionError):
    """An input for which a promise does not hold."""


def name_for(data: bytes) -> str:
    """Return a name: the bytes choose it, so that the same bytes ask the same."""
    return NAMES[len(data) % len(NAMES)]


def tried(data: bytes) -> Tried:
    """Classify an input and check what is promised about the answer.

    Raises:
        PromiseBrokenError: names the promise and the value.
        Exception: whatever `classify` raises; it may raise nothing.

    """
    began = time.process_time()
    record = classify(data, name_for(data))
    cpu_s = time.process_time() - began
    if _DECODER.decode(encode(record)) != record:
        raise PromiseBrokenError("the record is another one after the codec")
    text = decode(data).text
    lines = text.count("\n") + text.count("\r") + 1
    for evidence in _evidence(record):
        if evidence.line > lines:
            raise PromiseBrokenError(f"no such line: {evidence} of {lines}")
    weights = [each.weight for each in record.strategies or ()]
    if weights != sorted(weights, reverse=True) or (
        weights and abs(sum(weights) - 1) > 0.01
    ):
        raise PromiseBrokenError(f"weights are not shares in order: {weights}")
    if record.prop_firm is not None and record.prop_firm.level == "ready":
        _worthy(record)
    return Tried(record, cpu_s)


def _worthy(record: Record) -> None:
    risk = {each.label for each in record.risk or ()}
    if "stop_loss" not in risk or risk & {"no_stop_loss", "lot_multiplier"}:
        raise PromiseBrokenError(f"ready, with these risks: {sorted(risk)}")
    if any(each.label == "martingale" for each in record.strategies or ()):
        raise PromiseBrokenError("a martingale is ready")


def _evidence(record: Record) -> list[Evidence]:
    found: list[Evidence] = []

    def look(value: object) -> None:
        if isinstance(value, Evidence):
            found.append(value)
        elif isinstance(value, msgspec.Struct):
            for name in value.__struct_fields__:
                look(getattr(value, name))
        elif isinstance(value, (tuple, list)):
            for each in cast("Sequence[object]", value):
                look(each)

    look(record)
    return found
