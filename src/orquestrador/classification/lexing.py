"""Text to tokens: comments and strings taken out once, names counted once.

Every rule reads the same `Source`. One regular expression walks the text from
comment to string to comment without backtracking, so the time is in proportion
to the size whatever the text holds.
"""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cached_property
from itertools import accumulate, count, islice
from operator import add
from typing import Literal

from orquestrador.messages import Evidence

Syntax = Literal["mql", "pine"]
Truncated = Literal["comment", "string", "block"]
Span = tuple[int, int]

EVIDENCE_CHARACTERS = 240
MAX_SPANS = 200_000
"""More comments or strings than this are blanked, but not listed."""

_STRINGS = (
    # The closing quote may be missing: a string ends with its line at the latest.
    r'"([^"\\\r\n]*+(?:\\[^\r\n][^"\\\r\n]*+)*+)"?'
    r"|'([^'\\\r\n]*+(?:\\[^\r\n][^'\\\r\n]*+)*+)'?"
)
_SKIPPED: Mapping[Syntax, re.Pattern[str]] = {
    "mql": re.compile(r"//[^\r\n]*+|/\*[^*]*+(?:\*(?!/)[^*]*+)*+(?:\*/)?|" + _STRINGS),
    "pine": re.compile(r"//[^\r\n]*+|" + _STRINGS),
}
_NOT_LINE_END = re.compile(r"[^\r\n]+")
_MQL_NAME = re.compile(r"[^\W\d]\w*")
_PINE_NAME = re.compile(r"[^\W\d][\w.]*")


class _Spaces(dict[int, str]):
    """Translates everything but its own keys to a space."""

    def __missing__(self, key: int) -> str:
        return " "


def _only(characters: str) -> _Spaces:
    return _Spaces({ord(each): each for each in characters})


_DIGITS = "0123456789"
_WORD = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_" + _DIGITS
_MQL_WORDS = _only(_WORD)
_PINE_WORDS = _only(_WORD + ".")


class Names(Mapping[str, int]):
    """The identifiers of a source, each with the offset of its first occurrence.

    An offset is looked for when it is asked for: rules ask for few.
    """

    def __init__(self, counts: Counter[str], code: str, syntax: Syntax) -> None:
        """Name what `counts` holds, as it stands in `code`."""
        self._syntax: Syntax = syntax
        self._counts = counts
        self._code = code
        self._offsets: dict[str, int] = {}

    def __getitem__(self, name: str) -> int:
        if name not in self._counts:
            raise KeyError(name)
        offset = self._offsets.get(name)
        if offset is None:
            places = _places(self._code, name, self._syntax)
            offset = self._offsets[name] = next(places, 0)
        return offset

    def __contains__(self, name: object) -> bool:
        return name in self._counts

    def __iter__(self) -> Iterator[str]:
        return iter(self._counts)

    def __len__(self) -> int:
        return len(self._counts)


class Source:
    """One file's text, lexed once; offsets into `text` and `code` are the same."""

    def __init__(  # noqa: PLR0913 -- what one pass finds; only `lex` calls it
        self,
        text: str,
        *,
        syntax: Syntax,
        code: str,
        comments: tuple[Span, ...],
        strings: tuple[Span, ...],
        truncated: Truncated | None,
    ) -> None:
        """Hold what `lex` found; use `lex`."""
        self.text = text
        """The file's text, line ends as they are."""
        self.syntax: Syntax = syntax
        """The language family whose comments and strings were taken out."""
        self.code = code
        """As long as `text`: comments and the insides of quotes are spaces."""
        self.comments = comments
        """Where comments stand in `text`, their marks included."""
        self.strings = strings
        """Where the insides of quotes stand in `text`."""
        self.truncated: Truncated | None = truncated
        """What the end of the file cuts off, if anything."""

    @cached_property
    def counts(self) -> Counter[str]:
        """How often each identifier stands in the code; Pine's with their dots."""
        return _count_names(self.code, self.syntax)

    @cached_property
    def constants(self) -> frozenset[str]:
        """The identifiers in capitals that have an underscore: `OP_BUY`."""
        return frozenset(name for name in self.counts if "_" in name and name.isupper())

    @cached_property
    def names(self) -> Names:
        """Each identifier and the offset of its first occurrence."""
        return Names(self.counts, self.code, self.syntax)

    def offsets(self, name: str, limit: int) -> Iterator[int]:
        """Yield where an identifier stands in the code, the first `limit` places."""
        return islice(_places(self.code, name, self.syntax), limit)

    @cached_property
    def _starts(self) -> list[int]:
        """Where each line starts, and where one after the last would."""
        text = self.text
        if text.count("\r") != text.count("\r\n"):
            text = text.replace("\r\n", " \n").replace("\r", "\n")
        lengths = accumulate(map(len, text.split("\n")))
        return [0, *map(add, lengths, count(1))]

    def line(self, offset: int) -> int:
        """Return the line of an offset, from 1."""
        starts = self._starts
        return min(bisect_right(starts, offset), len(starts) - 1)

    def line_text(self, number: int) -> str:
        """Return a line without its end, by its number from 1."""
        start, end = self._starts[number - 1], self._starts[number] - 1
        return self.text[start:end].rstrip("\r\n")

    def evidence(self, rule: str, offset: int) -> Evidence:
        """Return the line at an offset as what `rule` rests on.

        A line that is too long is cut around the offset.
        """
        number = self.line(offset)
        line = self.line_text(number)
        if len(line) > EVIDENCE_CHARACTERS:
            line = _cut(line, offset - self._starts[number - 1])
        return Evidence(rule=rule, line=number, text=" ".join(line.split()))


def lex(text: str, syntax: Syntax) -> Source:
    """Take comments and strings out of a text; linear in its length."""
    comments: list[Span] = []
    strings: list[Span] = []
    pieces: list[str] = []
    done = 0
    last = None
    for last in _SKIPPED[syntax].finditer(text):
        quoted = last.lastindex
        start, end = span = last.span(quoted or 0)
        if start == end:
            continue
        spans = strings if quoted else comments
        if len(spans) < MAX_SPANS:
            spans.append(span)
        pieces.append(text[done:start])
        # Only a comment between `/*` and `*/` can hold the end of a line.
        one_line = quoted or not text.startswith("/*", start)
        pieces.append(" " * (end - start) if one_line else _blank(text[start:end]))
        done = end
    pieces.append(text[done:])
    code = "".join(pieces)
    return Source(
        text,
        syntax=syntax,
        code=code,
        comments=tuple(comments),
        strings=tuple(strings),
        truncated=_cut_off(last, code, syntax),
    )


def _places(code: str, name: str, syntax: Syntax) -> Iterator[int]:
    """Yield where a name stands on its own: a search for text, which is the fastest."""
    marks = "_" if syntax == "mql" else "_."
    size = len(name)
    at = code.find(name)
    while at >= 0:
        end = at + size
        before, after = code[at - 1 : at] if at else "", code[end : end + 1]
        part = (before and (before.isalnum() or before in marks)) or (
            after and (after.isalnum() or after in marks)
        )
        if not part:
            yield at
        at = code.find(name, end)


def _blank(text: str) -> str:
    if "\n" in text or "\r" in text:
        return _NOT_LINE_END.sub(lambda found: " " * len(found[0]), text)
    return " " * len(text)


def _cut_off(last: re.Match[str] | None, code: str, syntax: Syntax) -> Truncated | None:
    """Return what is still open at the end; `last` is the last comment or string."""
    if last and last.end() == len(code):
        if last.lastindex and last.end(last.lastindex) == len(code):
            return "string"
        found = last[0]
        if found.startswith("/*") and (len(found) < 4 or not found.endswith("*/")):
            return "comment"
    opening, closing = ("{", "}") if syntax == "mql" else ("(", ")")
    # Branches of the preprocessor may each open the same block.
    if code.count(opening) > code.count(closing) and "#else" not in code:
        return "block"
    return None


def _count_names(code: str, syntax: Syntax) -> Counter[str]:
    if not code.isascii():
        pattern = _MQL_NAME if syntax == "mql" else _PINE_NAME
        return Counter(pattern.findall(code))
    words = code.translate(_MQL_WORDS if syntax == "mql" else _PINE_WORDS).split()
    counts = Counter(words)
    for word in [word for word in counts if word[0] in "0123456789."]:
        del counts[word]
    return counts


def _cut(line: str, at: int) -> str:
    """Return the part of a long line around `at`, dots where it was cut."""
    half = EVIDENCE_CHARACTERS // 2
    start = max(0, min(at - half, len(line) - EVIDENCE_CHARACTERS))
    part = line[start : start + EVIDENCE_CHARACTERS]
    if start:
        part = "…" + part[1:]
    if start + EVIDENCE_CHARACTERS < len(line):
        part = part[:-1] + "…"
    return part
