"""What the catalog says of each content, kept beside every snapshot.

`catalog.jsonl` has one JSON object a line, a content each, ordered by content: what
was classified as what can be told years later, without the catalog of that time.
A content is named by the first 16 digits of its hash (the manifest has all of it):
hashes do not compress, and there is a copy of this file in every snapshot.
"""

from collections.abc import Iterable

import msgspec

from orquestrador.errors import SnapshotDamagedError
from orquestrador.messages.comparing import ContentLabels

CATALOG = "catalog.jsonl"
SHORT = 16
"""Digits of a hash that name a content among those of one library."""


class _Line(msgspec.Struct, frozen=True):
    sha256: str
    suffix: str
    language: str
    kind: str
    classifier: str
    strategies: tuple[str, ...] = ()
    risk: tuple[str, ...] = ()
    hygiene: tuple[str, ...] = ()


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(_Line)

Labels = dict[tuple[str, str], ContentLabels]
"""By the short hash and the suffix."""


def encode_labels(labels: Iterable[ContentLabels]) -> bytes:
    """Return labels as JSON lines; equal labels give equal bytes."""
    lines = sorted(
        (
            _Line(
                each.sha256[:SHORT],
                each.suffix,
                each.language,
                each.kind,
                each.classifier,
                each.strategies,
                each.risk,
                each.hygiene,
            )
            for each in labels
        ),
        key=lambda line: (line.sha256, line.suffix),
    )
    return _encoder.encode_lines(lines)


def decode_labels(data: bytes) -> Labels:
    """Return the labels in JSON lines.

    Raises:
        SnapshotDamagedError: if they are none.

    """
    try:
        lines = _decoder.decode_lines(data)
        return {
            (line.sha256, line.suffix): ContentLabels(**msgspec.structs.asdict(line))
            for line in lines
        }
    except (msgspec.MsgspecError, RecursionError) as error:
        raise SnapshotDamagedError(f"{CATALOG}: {error}") from error


def labels_by_content(labels: Iterable[ContentLabels]) -> Labels:
    """Return labels by content, as `decode_labels` does."""
    return {(each.sha256[:SHORT], each.suffix): each for each in labels}
