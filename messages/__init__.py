"""Immutable messages: the base, the record and every conversation between actors."""

from orquestrador.messages.base import Message
from orquestrador.messages.codec import Decoder, FrameReader, encode, frame
from orquestrador.messages.record import (
    Evidence,
    Facts,
    Input,
    Kind,
    Label,
    Language,
    Level,
    PropFirm,
    Quality,
    Record,
    RecordEvidence,
    WeightedLabel,
    record_from_json,
    record_json_line,
    record_to_json,
)

__all__ = [
    "Decoder",
    "Evidence",
    "Facts",
    "FrameReader",
    "Input",
    "Kind",
    "Label",
    "Language",
    "Level",
    "Message",
    "PropFirm",
    "Quality",
    "Record",
    "RecordEvidence",
    "WeightedLabel",
    "encode",
    "frame",
    "record_from_json",
    "record_json_line",
    "record_to_json",
]
