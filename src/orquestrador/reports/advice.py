"""What a report recommends, from its figures; the words are in `advice_words`."""

from collections.abc import Iterator

from orquestrador.messages import Summary, Tally
from orquestrador.reports.data import (
    Advice,
    AdviceCode,
    AlikeFiles,
    BackupStatus,
)

_DANGERS: tuple[AdviceCode, ...] = (
    "no_stop_loss",
    "martingale",
    "locks",
    "dll_import",
    "decompiled",
)
"""Of `Summary.dangers`, those that there is something to do about."""


def advice(
    summary: Summary,
    hygiene: tuple[Tally, ...],
    backup: BackupStatus | None,
    alike: AlikeFiles | None,
) -> tuple[Advice, ...]:
    """Return what is to be done, the most urgent first."""
    return (
        *_to_keep(backup),
        *_to_look_at(summary, hygiene),
        *_to_tidy(summary, alike),
    )


def _to_keep(backup: BackupStatus | None) -> Iterator[Advice]:
    if backup is None or not backup.snapshots:
        yield _advice("no_backup")
    elif backup.only_on_library_disk:
        yield _advice("one_disk", files=backup.files, size=backup.bytes)


def _to_look_at(summary: Summary, hygiene: tuple[Tally, ...]) -> Iterator[Advice]:
    for tally in hygiene:
        if tally.code == "secret":
            yield _of("secrets", tally)
    dangers = {tally.code: tally for tally in summary.dangers}
    for code in _DANGERS:
        found = dangers.get(code)
        if found is not None and found.files:
            yield _of(code, found)


def _to_tidy(summary: Summary, alike: AlikeFiles | None) -> Iterator[Advice]:
    if summary.surplus_files:
        yield _advice("copies", files=summary.surplus_files, size=summary.surplus_bytes)
    if alike is not None:
        yield _advice("variants", files=alike.files, size=alike.bytes)
    for code, tallies in (("unread", summary.unread), ("unknown", summary.unknown)):
        if files := sum(tally.files for tally in tallies):
            yield _advice("unread" if code == "unread" else "unknown", files=files)
    if summary.pending:
        yield _advice("pending", files=summary.pending)


def _of(code: AdviceCode, tally: Tally) -> Advice:
    return _advice(code, files=tally.files, contents=tally.contents)


def _advice(
    code: AdviceCode, *, files: int = 0, contents: int = 0, size: int = 0
) -> Advice:
    return Advice(advice=code, files=files, contents=contents, bytes=size)
