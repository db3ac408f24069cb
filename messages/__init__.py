"""Immutable messages: the base, the record and every conversation between actors.

The public names are loaded when they are first used: the actor runtime needs the base
alone.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from orquestrador.messages.backup import (
        BackupProgress,
        RestoreResult,
        SkippedFile,
        Snapshot,
        SnapshotProblem,
        VerifyResult,
    )
    from orquestrador.messages.base import (
        Message,
    )
    from orquestrador.messages.catalog import (
        Batch,
        ClassifiedContent,
        FileState,
        Run,
        RunCounts,
        SearchQuery,
        Summary,
        Tally,
    )
    from orquestrador.messages.codec import (
        Decoder,
        FrameReader,
        encode,
        frame,
    )
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
    from orquestrador.messages.request import (
        AnsweredBy,
        Question,
        Request,
        reply_type,
    )

__all__ = [
    "AnsweredBy",
    "BackupProgress",
    "Batch",
    "ClassifiedContent",
    "Decoder",
    "Evidence",
    "Facts",
    "FileState",
    "FrameReader",
    "Input",
    "Kind",
    "Label",
    "Language",
    "Level",
    "Message",
    "PropFirm",
    "Quality",
    "Question",
    "Record",
    "RecordEvidence",
    "Request",
    "RestoreResult",
    "Run",
    "RunCounts",
    "SearchQuery",
    "SkippedFile",
    "Snapshot",
    "SnapshotProblem",
    "Summary",
    "Tally",
    "VerifyResult",
    "WeightedLabel",
    "encode",
    "frame",
    "record_from_json",
    "record_json_line",
    "record_to_json",
    "reply_type",
]

_HOMES = {
    "backup": (
        "BackupProgress",
        "RestoreResult",
        "SkippedFile",
        "Snapshot",
        "SnapshotProblem",
        "VerifyResult",
    ),
    "base": ("Message",),
    "catalog": (
        "Batch",
        "ClassifiedContent",
        "FileState",
        "Run",
        "RunCounts",
        "SearchQuery",
        "Summary",
        "Tally",
    ),
    "codec": (
        "Decoder",
        "FrameReader",
        "encode",
        "frame",
    ),
    "record": (
        "Evidence",
        "Facts",
        "Input",
        "Kind",
        "Label",
        "Language",
        "Level",
        "PropFirm",
        "Quality",
        "Record",
        "RecordEvidence",
        "WeightedLabel",
        "record_from_json",
        "record_json_line",
        "record_to_json",
    ),
    "request": (
        "AnsweredBy",
        "Question",
        "Request",
        "reply_type",
    ),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> object:
    """Load a public name from the module it lives in (PEP 562)."""
    home = _HOME.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(f"{__name__}.{home}"), name)
    return value


def __dir__() -> list[str]:
    """List the public names, loaded or not."""
    return sorted({*globals(), *_HOME})
