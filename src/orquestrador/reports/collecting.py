"""A report's data from the catalog's figures and the outlines of its files."""

import datetime as dt
from collections.abc import Iterable
from typing import NamedTuple

from orquestrador.catalog.outlines import Outline, Said
from orquestrador.messages import Run, Summary, sameness
from orquestrador.messages.history import Change, TrendPoint
from orquestrador.messages.report import ReportKind
from orquestrador.reports import contents
from orquestrador.reports.advice import advice
from orquestrador.reports.contents import Contents, label_codes
from orquestrador.reports.data import (
    SCHEMA_VERSION,
    AlikeFiles,
    BackupStatus,
    CopyCost,
    RecentChanges,
    ReportData,
    RunStatus,
)

MOST_POINTS = 12
"""Of the trend; earlier ones are left out."""


class About(NamedTuple):
    """What a report says about itself."""

    library: str
    """The library's folder."""

    program: str
    """Name and version of the program."""

    as_of: dt.datetime
    """When what it tells of was so, with its time zone."""

    kind: ReportKind = "executive"


def collect(  # noqa: PLR0913 -- each is a part of the report
    about: About,
    summary: Summary,
    outlines: Iterable[Outline],
    *,
    run: Run | None = None,
    backup: BackupStatus | None = None,
    recent: RecentChanges | None = None,
    groups: Iterable[sameness.CopyGroup] = (),
    trend: Iterable[TrendPoint] = (),
) -> ReportData:
    """Return a report's data.

    Args:
        about: what the report says about itself.
        summary: the library in figures.
        outlines: of every file; read once; in path order, as the catalog yields them.
        run: the last run, if there was one.
        backup: what is kept, if anything is.
        recent: what changed since the last report, if there was one.
        groups: files that are copies, near ones included.
        trend: the figures after earlier runs, the oldest first.

    """
    found = Contents(outlines)
    hygiene = found.tallies(lambda said: label_codes(said.hygiene))
    alike, *looser = alike_files(groups)
    marked_total, marked = found.marked()
    copies_total, copies = found.copies()
    return ReportData(
        schema_version=SCHEMA_VERSION,
        kind=about.kind,
        as_of=about.as_of.astimezone(dt.UTC),
        program=about.program,
        library=about.library,
        summary=summary,
        strategies=found.tallies(lambda said: [said.primary] if said.primary else []),
        symbols=found.tallies(lambda said: said.symbols or ()),
        timeframes=found.tallies(lambda said: said.timeframes or ()),
        risk=found.tallies(
            lambda said: label_codes(said.risk) if said.kind == "expert" else ()
        ),
        hygiene=hygiene,
        verdicts=found.tallies(_verdict),
        quality=found.tallies(contents.quality_band, contents.QUALITIES),
        encodings=found.tallies(lambda said: [said.encoding] if said.encoding else []),
        advice=advice(summary, hygiene, backup, alike),
        trend=_turns(trend),
        endangered=found.endangered(),
        shortlist=found.shortlist(),
        marked=marked,
        marked_total=marked_total,
        copies=copies,
        copies_total=copies_total,
        cost=(
            CopyCost(
                sameness="exact",
                files=summary.surplus_files,
                bytes=summary.surplus_bytes,
            ),
            *looser,
        ),
        unclassified=found.unclassified(),
        run=RunStatus.of(run) if run else None,
        backup=backup,
        recent=recent,
        alike=alike,
        contents=found.rows() if about.kind == "full" else None,
    )


def recent_changes(since: dt.datetime, changes: tuple[Change, ...]) -> RecentChanges:
    """Return what a report says of the changes since the last one."""
    return RecentChanges(
        since=since.astimezone(dt.UTC),
        total=len(changes),
        changes=changes[: contents.MOST_ROWS],
    )


def alike_files(
    groups: Iterable[sameness.CopyGroup],
) -> tuple[AlikeFiles | None, CopyCost, CopyCost]:
    """Return what is said of copies whose bytes are not the same.

    Returns:
        The groups, None when there are none; then what those of the same code cost,
        and what the near ones do.

    """
    variants = [each for each in map(_variants, groups) if len(each.copies) > 1]
    others = [copy for group in variants for copy in group.copies[1:]]
    same_code, near = (
        CopyCost(
            sameness=each,
            files=sum(1 for copy in others if copy.sameness == each),
            bytes=sum(copy.size for copy in others if copy.sameness == each),
        )
        for each in ("same_code", "near")
    )
    if not variants:
        return None, same_code, near
    variants.sort(key=lambda group: (-group.surplus_bytes, group.best))
    alike = AlikeFiles(
        files=len(others),
        bytes=sum(group.surplus_bytes for group in variants),
        total=len(variants),
        groups=tuple(
            group.replace(copies=group.copies[: contents.MOST_PATHS])
            for group in variants[: contents.MOST_ROWS]
        ),
    )
    return alike, same_code, near


def _variants(group: sameness.CopyGroup) -> sameness.CopyGroup:
    """Return a group with one file of each content, and what these cost."""
    first: dict[str, sameness.Copy] = {}
    for copy in group.copies:
        first.setdefault(copy.sha256, copy)
    if len(first) == len(group.copies):
        return group
    best, *others = first.values()
    return group.replace(
        copies=(best, *others), surplus_bytes=sum(copy.size for copy in others)
    )


def _verdict(said: Said) -> Iterable[str]:
    if said.prop_firm is not None and said.prop_firm.level != "not_applicable":
        yield said.prop_firm.level


def _turns(trend: Iterable[TrendPoint]) -> tuple[TrendPoint, ...]:
    """Return the points at which the figures are other than before."""
    turns: list[TrendPoint] = []
    for point in trend:
        if not turns or point != turns[-1].replace(run=point.run, at=point.at):
            turns.append(point)
    return tuple(turns[-MOST_POINTS:])
