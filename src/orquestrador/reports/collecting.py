"""A report's data from the catalog's figures and records."""

import datetime as dt
import itertools
from collections import Counter
from collections.abc import Callable, Iterable
from typing import NamedTuple

from orquestrador.catalog.summary import DANGERS
from orquestrador.messages import (
    Evidence,
    Label,
    Record,
    Run,
    Summary,
    Tally,
    sameness,
)
from orquestrador.messages.history import Change
from orquestrador.reports.data import (
    SCHEMA_VERSION,
    AlikeFiles,
    BackupStatus,
    CopyGroup,
    Danger,
    EndangeredExpert,
    RecentChanges,
    ReportData,
    RunStatus,
    UnclassifiedFile,
)

MOST_ROWS = 1000
"""Longer lists end there; the summary still counts everything."""

MOST_PATHS = 20
"""Paths named of a group of copies."""

MOST_LINES = 3
"""Lines of evidence given for a danger."""


class About(NamedTuple):
    """What a report says about itself."""

    library: str
    """The library's folder."""

    program: str
    """Name and version of the program."""

    written_at: dt.datetime
    """With its time zone."""


def collect(  # noqa: PLR0913 -- each is a part of the report
    about: About,
    summary: Summary,
    records: Iterable[Record],
    *,
    run: Run | None = None,
    backup: BackupStatus | None = None,
    recent: RecentChanges | None = None,
    alike: AlikeFiles | None = None,
) -> ReportData:
    """Return a report's data.

    Args:
        about: what the report says about itself.
        summary: the library in figures.
        records: every file's record; read once; in path order, as the
            catalog yields them.
        run: the last run, if there was one.
        backup: what is kept, if anything is.
        recent: what changed since the last report, if there was one.
        alike: files that are copies without having the same bytes, if there are any.

    """
    found = _Found()
    for record in records:
        found.take(record)
    return ReportData(
        schema_version=SCHEMA_VERSION,
        written_at=about.written_at.astimezone(dt.UTC),
        program=about.program,
        library=about.library,
        summary=summary,
        strategies=found.tallies(lambda each: filter(None, [each.primary])),
        symbols=found.tallies(lambda each: each.symbols),
        endangered=found.endangered(),
        copies=found.copies(),
        unclassified=tuple(
            sorted(found.unclassified, key=lambda each: each.path)[:MOST_ROWS]
        ),
        run=RunStatus.of(run) if run else None,
        backup=backup,
        recent=recent,
        alike=alike,
    )


def recent_changes(since: dt.datetime, changes: tuple[Change, ...]) -> RecentChanges:
    """Return what a report says of the changes since the last one."""
    return RecentChanges(
        since=since.astimezone(dt.UTC),
        total=len(changes),
        changes=changes[:MOST_ROWS],
    )


def alike_files(groups: Iterable[sameness.CopyGroup]) -> AlikeFiles | None:
    """Return what a report says of groups of copies, other than of the same bytes."""
    variants = [each for each in map(_variants, groups) if len(each.copies) > 1]
    if not variants:
        return None
    variants.sort(key=lambda group: (-group.surplus_bytes, group.best))
    return AlikeFiles(
        files=sum(len(group.copies) - 1 for group in variants),
        bytes=sum(group.surplus_bytes for group in variants),
        total=len(variants),
        groups=tuple(
            group.replace(copies=group.copies[:MOST_PATHS])
            for group in variants[:MOST_ROWS]
        ),
    )


def _variants(group: sameness.CopyGroup) -> sameness.CopyGroup:
    """Return a group with one file of each content, and what these cost."""
    first: dict[str, sameness.Copy] = {}
    for copy in group.copies:
        first.setdefault(copy.sha256, copy)
    best, *others = first.values()
    return group.replace(
        copies=(best, *others), surplus_bytes=sum(copy.size for copy in others)
    )


class _Found:
    """What is remembered of the records: one of each content, and the paths."""

    def __init__(self) -> None:
        self.unclassified: list[UnclassifiedFile] = []
        self._paths: dict[str, list[str]] = {}
        self._contents: dict[str, _Content] = {}

    def take(self, record: Record) -> None:
        if record.reason and "unknown" in {record.language, record.kind}:
            self.unclassified.append(
                UnclassifiedFile(path=record.path, reason=record.reason)
            )
        if record.sha256:
            self._paths.setdefault(record.sha256, []).append(record.path)
            if record.sha256 not in self._contents:
                self._contents[record.sha256] = _content(record)

    def tallies(
        self, codes: "Callable[[_Content], Iterable[str]]"
    ) -> tuple[Tally, ...]:
        files: Counter[str] = Counter()
        contents: Counter[str] = Counter()
        for sha256, content in self._contents.items():
            for code in codes(content):
                files[code] += len(self._paths[sha256])
                contents[code] += 1
        return tuple(
            Tally(code=code, files=files[code], contents=contents[code])
            for code in sorted(files, key=lambda code: (-contents[code], code))
        )

    def endangered(self) -> tuple[EndangeredExpert, ...]:
        experts = [
            EndangeredExpert(
                path=min(self._paths[sha256], key=_plainness),
                copies=len(self._paths[sha256]) - 1,
                primary=content.primary,
                symbols=content.symbols,
                dangers=content.dangers,
            )
            for sha256, content in self._contents.items()
            if content.dangers
        ]
        experts.sort(key=lambda each: (-len(each.dangers), each.path))
        return tuple(experts[:MOST_ROWS])

    def copies(self) -> tuple[CopyGroup, ...]:
        groups = [
            CopyGroup(
                sha256=sha256,
                size=self._contents[sha256].size,
                files=len(paths),
                surplus_bytes=self._contents[sha256].size * (len(paths) - 1),
                paths=tuple(sorted(paths, key=_plainness)[:MOST_PATHS]),
            )
            for sha256, paths in self._paths.items()
            if len(paths) > 1
        ]
        groups.sort(key=lambda each: (-each.surplus_bytes, -each.files, each.sha256))
        return tuple(groups[:MOST_ROWS])


class _Content(NamedTuple):
    """What is kept of a content's record: a library's records are large."""

    size: int
    primary: str | None
    symbols: tuple[str, ...]
    dangers: tuple[Danger, ...]


def _plainness(path: str) -> tuple[int, int, str]:
    # The least nested and shortest name of a content is what people know it by.
    return path.count("/"), len(path), path


def _content(record: Record) -> _Content:
    return _Content(
        size=record.size,
        primary=record.primary,
        symbols=record.symbols or (),
        dangers=_dangers(record) if record.kind == "expert" else (),
    )


def _dangers(record: Record) -> tuple[Danger, ...]:
    labels = [*(record.risk or ()), *(record.hygiene or ())]
    return tuple(
        Danger(danger=danger, evidence=_evidence(labels, codes))
        for danger, codes in DANGERS.items()
        if any(label.label in codes for label in labels)
    )


def _evidence(labels: list[Label], codes: tuple[str, ...]) -> tuple[Evidence, ...]:
    lines = (
        each for label in labels if label.label in codes for each in label.evidence
    )
    return tuple(itertools.islice(lines, MOST_LINES))
