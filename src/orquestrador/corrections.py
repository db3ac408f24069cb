"""The user's own labels: they win over what the rules say of a content.

They stand in `corrections.toml` in the state folder, by the hash of the content, so
that they survive moves, restores, other rules and the loss of the catalog:

    [contents."<sha256>"]
    path = "EAs/Gold Grid.mq4"
    date = "2026-03-01"
    primary = "grid"
    add = ["no_stop_loss"]

Who holds the state folder writes the file; anybody reads it. It is replaced as a
whole, never by less than what could be read: one that cannot be read stays.
"""

import difflib
import hashlib
import json
import os
import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

import msgspec

from orquestrador.errors import CorrectionsError
from orquestrador.messages.codec import encode
from orquestrador.messages.correcting import Correction
from orquestrador.organizing.disk import Disk
from orquestrador.reports.labels import HYGIENE, RISK, STRATEGIES

FILE = "corrections.toml"

TIMEFRAMES = (
    *("M1", "M2", "M3", "M4", "M5", "M6", "M10", "M12", "M15", "M20", "M30"),
    *("H1", "H2", "H3", "H4", "H6", "H8", "H12", "D1", "W1", "MN1"),
)

Facet = Literal["strategy", "risk", "hygiene", "timeframe", "symbol"]

Corrections = Mapping[str, Correction]
"""By the content's sha256."""

_HEADER = """\
# Your corrections of labels, by the SHA-256 of the content they are about.
# `orquestrador label FILE` writes this file; you may edit it while nothing runs, but
# comments are not kept: use `note`.
"""
_SHA256 = re.compile("[0-9a-f]{64}")
_SYMBOL = re.compile(r"[A-Z#][A-Z0-9]{2,11}(?:[.#_-]?[A-Za-z0-9]{1,8})?")


class _File(msgspec.Struct, forbid_unknown_fields=True):
    contents: dict[str, Correction]


def facet_of(code: str) -> Facet | None:
    """Return what a code is about.

    Another word in capitals is a symbol, also with a broker's suffix: `XAUUSDm`.
    """
    facets: tuple[tuple[Facet, Iterable[str]], ...] = (
        ("strategy", STRATEGIES),
        ("risk", RISK),
        ("hygiene", HYGIENE),
        ("timeframe", TIMEFRAMES),
    )
    for facet, codes in facets:
        if code in codes:
            return facet
    return "symbol" if _SYMBOL.fullmatch(code) else None


def read_corrections(state: Path) -> Corrections:
    """Return the corrections of a state folder; none when there is no file.

    Raises:
        CorrectionsError: if the file is not as we write it; says where and why.

    """
    path = state / FILE
    try:
        text = path.read_bytes().decode("utf-8-sig")
        contents = msgspec.convert(tomllib.loads(text), _File).contents
        for sha256, correction in contents.items():
            _check(sha256, correction)
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise CorrectionsError(
            f"your corrections in {path} cannot be used, and are left as they are: "
            f"{error}; mend the file, or take it from a snapshot "
            "(`orquestrador backup restore --user-data --to DIR`)"
        ) from error
    return contents


def _check(sha256: str, correction: Correction) -> None:
    """Raise `ValueError` for what no record can say."""
    if not _SHA256.fullmatch(sha256):
        raise ValueError(f"{sha256!r} is no SHA-256 of a content")
    primary = correction.primary
    for code in (*correction.add, *correction.remove):
        if facet_of(code) is None:
            raise ValueError(f"{correction.path}: {unknown_code(code)}")
    if primary is not None and primary not in STRATEGIES:
        raise ValueError(f"{correction.path}: {unknown_code(primary, STRATEGIES)}")
    if both := {*correction.add, primary} & {*correction.remove}:
        raise ValueError(f"{correction.path}: {both} is added and removed")


def unknown_code(code: str, codes: Iterable[str] | None = None) -> str:
    """Say that there is no such code, and which is the nearest."""
    known = list(codes or (*STRATEGIES, *RISK, *HYGIENE, *TIMEFRAMES))
    near = difflib.get_close_matches(code, known, n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    return f"{code!r} is no code of a label{hint}"


def write_corrections(state: Path, corrections: Corrections) -> None:
    """Replace the corrections of a state folder; all of them are kept, or none.

    They are on disk when this returns.

    Raises:
        OSError: if the file cannot be written; the old one is still there.

    """
    path = state / FILE
    draft = path.with_suffix(".draft")
    text = _HEADER + "".join(
        f"\n{_table(sha256, each)}" for sha256, each in sorted(corrections.items())
    )
    if not corrections:
        text += "contents = {}\n"
    with draft.open("w", encoding="utf-8", newline="\n") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    disk = Disk()
    disk.replace(draft, path)
    disk.sync_folder(state)


def _table(sha256: str, correction: Correction) -> str:
    said = msgspec.to_builtins(correction)
    lines = [f"{key} = {_toml(value)}" for key, value in said.items() if value]
    return "\n".join([f'[contents."{sha256}"]', *lines, ""])


def _toml(value: Any) -> str:  # noqa: ANN401 -- a text or texts
    # TOML's basic strings are JSON's, but for one control character.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def joined(before: Correction | None, change: Correction) -> Correction:
    """Return a correction and a later one as one; the later word counts."""
    if before is None:
        return change
    primary = change.primary
    if primary is None and before.primary not in change.remove:
        primary = before.primary
    now = {*change.add, primary}
    return Correction(
        path=change.path,
        date=change.date,
        language=change.language or before.language,
        kind=change.kind or before.kind,
        primary=primary,
        add=_union(before.add, change.add, without=change.remove),
        remove=tuple(
            each for each in _union(before.remove, change.remove) if each not in now
        ),
        note=change.note or before.note,
    )


def _union(
    first: Iterable[str], second: Iterable[str], without: Iterable[str] = ()
) -> tuple[str, ...]:
    kept = dict.fromkeys((*first, *second))
    return tuple(each for each in kept if each not in set(without))


def digests(corrections: Corrections) -> dict[str, str]:
    """Return, by content, eight digits that are other ones for another correction."""
    return {
        sha256: hashlib.sha256(encode(each)).hexdigest()[:8]
        for sha256, each in corrections.items()
    }
