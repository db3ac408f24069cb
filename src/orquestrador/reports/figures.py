"""A report's figures, one a row: what its CSV holds, and every format says."""

from collections.abc import Iterator
from typing import NamedTuple

from orquestrador.messages import Tally
from orquestrador.reports.data import ReportData


class Figure(NamedTuple):
    """How often something occurs; None where that is not counted."""

    section: str
    code: str
    files: int | None = None
    contents: int | None = None
    bytes: int | None = None


def figures(data: ReportData) -> Iterator[Figure]:
    """Yield a report's figures, section by section."""
    yield from _summary(data)
    for section, tallies in _tallies(data).items():
        for tally in tallies:
            yield Figure(section, tally.code, tally.files, tally.contents)
    for cost in data.cost:
        yield Figure("copies", cost.sameness, cost.files, bytes=cost.bytes)
    for advice in data.advice:
        yield Figure(
            "advice", advice.advice, advice.files, advice.contents, advice.bytes
        )
    for point in data.trend:
        section = f"trend {point.at:%Y-%m-%dT%H:%M:%SZ}"
        yield Figure(section, "all", point.files, point.contents)
        yield Figure(section, "experts", contents=point.experts)
        yield Figure(section, "endangered", contents=point.endangered)
        yield Figure(section, "unread", point.unread)


def _summary(data: ReportData) -> Iterator[Figure]:
    summary = data.summary
    yield Figure("library", "all", summary.files, summary.contents, summary.bytes)
    yield Figure("library", "pending", summary.pending)
    for name, tally in (
        ("experts", summary.experts),
        ("endangered", summary.endangered),
    ):
        yield Figure("library", name, tally.files, tally.contents)


def _tallies(data: ReportData) -> dict[str, tuple[Tally, ...]]:
    return {
        "language": data.summary.languages,
        "kind": data.summary.kinds,
        "strategy": data.strategies,
        "symbol": data.symbols,
        "timeframe": data.timeframes,
        "danger": data.summary.dangers,
        "risk": data.risk,
        "hygiene": data.hygiene,
        "verdict": data.verdicts,
        "quality": data.quality,
        "encoding": data.encodings,
        "unread": data.summary.unread,
        "unknown": data.summary.unknown,
    }
