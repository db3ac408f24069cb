"""The library in figures."""

import sqlite3
from collections import Counter, defaultdict

from orquestrador.messages import Summary, Tally

DANGERS = {
    "martingale": ("lot_multiplier",),
    "no_stop_loss": ("no_stop_loss",),
    "dll_import": ("dll_import",),
    "web_request": ("web_request",),
    "locks": ("account_lock", "expiry_lock"),
    "decompiled": ("decompiled",),
}
"""What a summary calls a danger, and the labels one of which an expert then has."""

_DANGER_OF = {code: danger for danger, codes in DANGERS.items() for code in codes}

_ROW = "sha256, size, problem, content, language, kind, reason"
_Row = tuple[str | None, int, str | None, int | None, str, str, str | None, int]
"""What `_ROW` names of `listing`, and how many files have all of it in common."""


def summary(connection: sqlite3.Connection) -> Summary:
    """Count; see `Catalog.summary`."""
    connection.execute("BEGIN")  # both readings are of one moment
    try:
        count = _Count(_dangers(connection))
        for row in connection.execute(
            f"SELECT {_ROW}, count(*) FROM listing GROUP BY {_ROW}"  # noqa: S608 -- our own text
        ):
            count.add(row)
    finally:
        connection.execute("ROLLBACK")
    return count.summary()


def _dangers(connection: sqlite3.Connection) -> dict[int, set[str]]:
    """Return the dangers of each content that has one, by its id."""
    found: defaultdict[int, set[str]] = defaultdict(set)
    for content, code in connection.execute(
        "SELECT content, code FROM labels WHERE facet IN ('risk', 'hygiene')"
    ):
        if code in _DANGER_OF:
            found[content].add(_DANGER_OF[code])
    return found


class _Tallies:
    """Counts files and their distinct contents by code."""

    def __init__(self) -> None:
        self._files: Counter[str] = Counter()
        self._contents: defaultdict[str, set[str]] = defaultdict(set)

    def add(self, code: str, sha256: str | None, files: int) -> None:
        self._files[code] += files
        if sha256 is not None:
            self._contents[code].add(sha256)

    def of(self, code: str) -> Tally:
        return Tally(
            code=code,
            files=self._files[code],
            contents=len(self._contents.get(code, ())),
        )

    def by_frequency(self) -> tuple[Tally, ...]:
        codes = sorted(self._files, key=lambda code: (-self._files[code], code))
        return tuple(self.of(code) for code in codes)


class _Count:
    """A summary in the making."""

    def __init__(self, dangers: dict[int, set[str]]) -> None:
        self._dangers_of = dangers
        self._files = self._bytes = self._held = self._held_bytes = self._pending = 0
        self._sizes: dict[str, int] = {}
        self._languages, self._kinds = _Tallies(), _Tallies()
        self._experts, self._unknown, self._unread = _Tallies(), _Tallies(), _Tallies()

    def add(self, row: _Row) -> None:
        """Count the files that have a row in common."""
        sha256, size, problem, content, language, kind, reason, files = row
        self._files += files
        self._bytes += size * files
        if sha256 is not None:
            self._held += files
            self._held_bytes += size * files
            self._sizes[sha256] = size
        if problem is not None:
            self._unread.add(problem, sha256, files)
        elif content is None:
            self._pending += files
        else:
            self._languages.add(language, sha256, files)
            self._kinds.add(kind, sha256, files)
            if "unknown" in {language, kind}:
                self._unknown.add(reason or "", sha256, files)
            if kind == "expert":
                dangers = self._dangers_of.get(content, set())
                self._add_expert(sha256, dangers, files)

    def _add_expert(self, sha256: str | None, dangers: set[str], files: int) -> None:
        self._experts.add("expert", sha256, files)
        if dangers:
            self._experts.add("any", sha256, files)
        for danger in dangers:
            self._experts.add(danger, sha256, files)

    def summary(self) -> Summary:
        """Return what was counted."""
        return Summary(
            files=self._files,
            bytes=self._bytes,
            contents=len(self._sizes),
            surplus_files=self._held - len(self._sizes),
            surplus_bytes=self._held_bytes - sum(self._sizes.values()),
            languages=self._languages.by_frequency(),
            kinds=self._kinds.by_frequency(),
            experts=self._experts.of("expert"),
            endangered=self._experts.of("any"),
            dangers=tuple(self._experts.of(danger) for danger in DANGERS),
            unknown=self._unknown.by_frequency(),
            unread=self._unread.by_frequency(),
            pending=self._pending,
        )
