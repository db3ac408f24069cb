"""Text to tokens: comments and strings taken out once, names counted once.

Every rule reads the same `Source`. One regular expression walks the text from
comment to string to comment without backtracking, so the time is in proportion
to the size whatever the text holds.
"""

import re
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import accumulate
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
_BLANKS = b" \t\x0b\x0c"
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_NOT_LINE_END = re.compile(r"[^\r\n]+")
_NAMES: Mapping[tuple[Syntax, bool], re.Pattern[str]] = {
    ("mql", False): re.compile(r"\b[^\W\d]\w*"),
    ("pine", True): re.compile(r"(?<![\w.])[A-Za-z_][\w.]*", re.ASCII),
    ("pine", False): re.compile(r"(?<![\w.])[^\W\d][\w.]*"),
}
"""An identifier, by syntax and whether the code is ASCII, where it is found sooner."""
_BETWEEN_WORDS = bytes(
    sign if chr(sign).isascii() and (chr(sign).isalnum() or sign == ord("_")) else 32
    for sign in range(256)
)


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
    def places(self) -> Mapping[str, Sequence[int]]:
        """Where each identifier stands in the code; Pine's have their dots."""
        # Each word is visited once: a search for every name that is asked for later
        # takes longer.
        if self.syntax == "mql" and self.code.isascii():
            return _places(self.code)
        found: defaultdict[str, list[int]] = defaultdict(list)
        for word in _NAMES[self.syntax, self.code.isascii()].finditer(self.code):
            found[word[0]].append(word.start())
        return dict(found)

    @cached_property
    def counts(self) -> Mapping[str, int]:
        """How often each identifier stands in the code."""
        return {name: len(places) for name, places in self.places.items()}

    @cached_property
    def names(self) -> Mapping[str, int]:
        """Each identifier and the offset of its first occurrence."""
        return {name: places[0] for name, places in self.places.items()}

    @cached_property
    def dense(self) -> bytes:
        """The code in UTF-8, without white space other than the ends of lines."""
        return self.code.encode("utf-8", "surrogatepass").translate(None, _BLANKS)

    def offsets(self, name: str, limit: int) -> Sequence[int]:
        """Return where an identifier stands in the code, the first `limit` places."""
        return self.places.get(name, ())[:limit]

    @cached_property
    def _layout(self) -> tuple[list[int], int]:
        """Where each line starts and one after the last would; how many are blank."""
        # One byte stands for a character, so bytes split where the text does: at
        # line feeds and carriage returns alone.
        lines = self.text.encode("latin-1", "replace").splitlines(keepends=True)
        starts = [0, *accumulate(map(len, lines))]
        if lines and not lines[-1].endswith((b"\n", b"\r")):
            starts.pop()
        starts.append(len(self.text) + 1)
        return starts, sum(map(bytes.isspace, lines))

    @property
    def _starts(self) -> list[int]:
        return self._layout[0]

    @property
    def lines(self) -> int:
        """How many lines the text has; the end of the last one begins no other."""
        ended = not self.text or self.text.endswith(("\n", "\r"))
        return len(self._starts) - 1 - ended

    @property
    def blank_lines(self) -> int:
        """How many of the lines hold nothing but white space."""
        return self._layout[1]

    def line(self, offset: int) -> int:
        """Return the line of an offset, from 1."""
        starts = self._starts
        return min(bisect_right(starts, offset), len(starts) - 1)

    def start(self, number: int) -> int:
        """Return the offset at which a line begins, by its number from 1."""
        return self._starts[number - 1]

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


def ascii_code(source: Source) -> bytes:
    """Return the code as bytes, one for each character: a space for what is no ASCII.

    Bytes are counted and translated several times faster than characters.
    """
    code = source.code
    if not code.isascii():
        code = _NOT_ASCII.sub(" ", code)
    return code.encode("ascii")


def count_names(code: str, syntax: Syntax) -> dict[str, int]:
    """Return how often each identifier stands in code, in the order of the first."""
    if syntax == "mql" and code.isascii():
        return dict(filter(_is_named, Counter(_words(code)).items()))
    return Counter(_NAMES[syntax, code.isascii()].findall(code))


def _places(code: str) -> dict[str, list[int]]:
    """Return where each identifier stands in ASCII code, a third sooner."""
    found: dict[str, list[int]] = {}
    find, known, end = code.find, found.get, 0
    for word in _words(code):
        # The next word begins where its letters come next.
        start = find(word, end)
        end = start + len(word)
        places = known(word)
        if places is None:
            found[word] = [start]
        else:
            places.append(start)
    return dict(filter(_is_named, found.items()))


def _words(code: str) -> list[str]:
    """Return the identifiers and numbers of ASCII code, in order."""
    return code.encode("ascii").translate(_BETWEEN_WORDS).decode("ascii").split()


def _is_named(word: tuple[str, object]) -> bool:
    """Whether a word is no number."""
    return not word[0][0].isdigit()


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
