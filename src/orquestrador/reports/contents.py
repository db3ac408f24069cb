"""The contents of a library, each with its files, and what is told of them in lists."""

import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Mapping

from orquestrador.catalog.outlines import Outline, Said
from orquestrador.catalog.summary import DANGERS
from orquestrador.messages import Evidence, Label, Tally
from orquestrador.reports.data import (
    Candidate,
    ContentRow,
    CopyGroup,
    Danger,
    EndangeredExpert,
    MarkedFile,
    UnclassifiedFile,
)

MOST_ROWS = 1000
"""Longer lists end there; the summary still counts everything."""

MOST_PATHS = 20
"""Paths named of a group of copies."""

MOST_LINES = 3
"""Lines of evidence given for a danger."""

MARKS = ("secret", "account_lock", "expiry_lock", "decompiled")
"""Hygiene labels of files that need a look, whatever their kind."""

QUALITIES = ("0-19", "20-39", "40-59", "60-79", "80-100")

_LEVELS = ("ready", "needs_work")
"""Verdicts that a prop firm's shortlist has, the best first."""

Codes = Callable[[Said], Iterable[str]]


class Contents:
    """A library's contents: one outline of each, and the paths."""

    def __init__(self, outlines: Iterable[Outline]) -> None:
        """Read the outlines, once; they are in path order."""
        self._paths: dict[str, list[str]] = {}
        self._first: dict[str, Outline] = {}
        self._unclassified: list[UnclassifiedFile] = []
        self._rows: dict[tuple[str, ...], tuple[Outline, list[str]]] = {}
        for each in outlines:
            self._take(each)

    def _take(self, outline: Outline) -> None:
        path, sha256, _size, said = outline
        if said.reason and "unknown" in {said.language, said.kind}:
            self._unclassified.append(UnclassifiedFile(path=path, reason=said.reason))
        # Bytes under another suffix may be read as something else.
        key = (sha256, said.language, said.kind) if sha256 else ("", path)
        self._rows.setdefault(key, (outline, []))[1].append(path)
        if sha256:
            self._paths.setdefault(sha256, []).append(path)
            self._first.setdefault(sha256, outline)

    def tallies(
        self, codes: Codes, order: Iterable[str] | None = None
    ) -> tuple[Tally, ...]:
        """Count codes, the most frequent first, or all of `order` in this order."""
        files: Counter[str] = Counter()
        contents: Counter[str] = Counter()
        for sha256, outline in self._first.items():
            for code in codes(outline.said):
                files[code] += len(self._paths[sha256])
                contents[code] += 1
        frequent = sorted(files, key=lambda code: (-contents[code], code))
        return tuple(
            Tally(code=code, files=files[code], contents=contents[code])
            for code in order or frequent
        )

    def endangered(self) -> tuple[EndangeredExpert, ...]:
        """Return the experts with a danger, most dangers first."""
        experts = [
            EndangeredExpert(
                path=self._plainest(sha256),
                copies=len(self._paths[sha256]) - 1,
                primary=said.primary,
                symbols=said.symbols or (),
                dangers=dangers,
            )
            for sha256, (_path, _sha256, _size, said) in self._first.items()
            if said.kind == "expert" and (dangers := _dangers(said, DANGERS))
        ]
        experts.sort(key=lambda each: (-len(each.dangers), each.path))
        return tuple(experts[:MOST_ROWS])

    def shortlist(self) -> tuple[Candidate, ...]:
        """Return what a prop firm might take, the likeliest first."""
        candidates = [
            Candidate(
                path=self._plainest(sha256),
                copies=len(self._paths[sha256]) - 1,
                primary=said.primary,
                symbols=said.symbols or (),
                profile=verdict.profile,
                score=verdict.score,
                level=verdict.level,
                missed=tuple(each.label for each in verdict.missed),
            )
            for sha256, (_path, _sha256, _size, said) in self._first.items()
            if (verdict := said.prop_firm) is not None and verdict.level in _LEVELS
        ]
        candidates.sort(
            key=lambda each: (_LEVELS.index(each.level), -each.score, each.path)
        )
        return tuple(candidates[:MOST_ROWS])

    def marked(self) -> tuple[int, tuple[MarkedFile, ...]]:
        """Return how many contents need a look, and the first of them."""
        codes = {code: (code,) for code in MARKS}
        marked = [
            MarkedFile(
                path=self._plainest(sha256),
                copies=len(self._paths[sha256]) - 1,
                kind=said.kind,
                marks=marks,
            )
            for sha256, (_path, _sha256, _size, said) in self._first.items()
            if (marks := _dangers(said, codes))
        ]
        marked.sort(key=lambda each: (MARKS.index(each.marks[0].danger), each.path))
        return len(marked), tuple(marked[:MOST_ROWS])

    def copies(self) -> tuple[int, tuple[CopyGroup, ...]]:
        """Return how many contents have copies, and the costliest of them."""
        groups = [
            CopyGroup(
                sha256=sha256,
                size=self._first[sha256].size,
                files=len(paths),
                surplus_bytes=self._first[sha256].size * (len(paths) - 1),
                paths=tuple(sorted(paths, key=_plainness)[:MOST_PATHS]),
            )
            for sha256, paths in self._paths.items()
            if len(paths) > 1
        ]
        groups.sort(key=lambda each: (-each.surplus_bytes, -each.files, each.sha256))
        return len(groups), tuple(groups[:MOST_ROWS])

    def unclassified(self) -> tuple[UnclassifiedFile, ...]:
        """Return the files of which language or kind is not known, in path order."""
        found = sorted(self._unclassified, key=lambda each: each.path)
        return tuple(found[:MOST_ROWS])

    def rows(self) -> tuple[ContentRow, ...]:
        """Return every content with all of its files, by their first paths."""
        return tuple(_row(outline, paths) for outline, paths in self._rows.values())

    def _plainest(self, sha256: str) -> str:
        return min(self._paths[sha256], key=_plainness)


def quality_band(said: Said) -> Iterable[str]:
    """Return the one of `QUALITIES` that a content is in, if it has a score."""
    if said.quality is not None:
        yield QUALITIES[min(said.quality.score // 20, len(QUALITIES) - 1)]


def label_codes(labels: tuple[Label, ...] | None) -> tuple[str, ...]:
    """Return the codes of labels."""
    return tuple(each.label for each in labels or ())


def _plainness(path: str) -> tuple[int, int, str]:
    # The least nested and shortest name of a content is what people know it by.
    return path.count("/"), len(path), path


def _dangers(said: Said, wanted: Mapping[str, tuple[str, ...]]) -> tuple[Danger, ...]:
    labels = [*(said.risk or ()), *(said.hygiene or ())]
    return tuple(
        Danger(danger=danger, evidence=_evidence(labels, codes))
        for danger, codes in wanted.items()
        if any(label.label in codes for label in labels)
    )


def _evidence(labels: list[Label], codes: tuple[str, ...]) -> tuple[Evidence, ...]:
    lines = (
        each for label in labels if label.label in codes for each in label.evidence
    )
    return tuple(itertools.islice(lines, MOST_LINES))


def _row(outline: Outline, paths: list[str]) -> ContentRow:
    said = outline.said
    verdict = said.prop_firm
    return ContentRow(
        sha256=outline.sha256,
        size=outline.size,
        language=said.language,
        kind=said.kind,
        primary=said.primary,
        strategies=tuple(each.label for each in said.strategies or ()),
        risk=label_codes(said.risk),
        hygiene=label_codes(said.hygiene),
        symbols=said.symbols or (),
        timeframes=said.timeframes or (),
        verdict=verdict.level if verdict else None,
        prop_score=verdict.score if verdict else None,
        quality=said.quality.score if said.quality else None,
        reason=said.reason,
        paths=tuple(paths),
    )
