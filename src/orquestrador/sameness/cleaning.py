"""The part of a file's name that is its own: without prefix, version, market, copy.

`clean` of what it returns is the same again; so the plan of an organized tree is empty.
"""

import re
import unicodedata
from typing import NamedTuple

LONGEST_NAME = 64
"""Characters of a cleaned name."""

_LONGEST_BYTES = 160
"""Bytes of a cleaned name, in UTF-8: a name of 255 must hold the other parts too."""

PREFIX_WORDS = frozenset(
    {
        *("ea", "expert", "ind", "indicator", "indicador", "scr", "script", "lib"),
        *("library", "srv", "service", "inc", "include", "str", "strategy"),
        *("unk", "misc"),
    }
)
"""What a first word says that the prefix says already."""

_LAST_WORDS = frozenset(
    {"ea", "expert", "indicator", "script", "mq4", "mq5", "mt4", "mt5"}
)
"""Likewise of a last word."""

_NUMBER = r"\d{1,4}"
_VERSION = re.compile(
    rf"(?<![^\W_])v(?:er(?:sion)?)?[ ._]{{0,2}}({_NUMBER})"
    rf"(?:[._-]({_NUMBER}))?(?:[._]{_NUMBER})*(?![^\W_]|[._]\d)",
    re.IGNORECASE,
)
"""`v1.2`, `V 3`, `ver_2_1`, `v1_8_3`; not `v04c`, whose letter would be lost."""

_GLUED_VERSION = re.compile(
    rf"(?<=[^\W\d_])v({_NUMBER})\.({_NUMBER})(?:\.{_NUMBER})*(?![^\W_])", re.IGNORECASE
)
_LAST_NUMBER = re.compile(rf"(?<=[\s_-])({_NUMBER})\.({_NUMBER})\s*$")
_STATED_VERSION = re.compile(
    rf"[\s\"']*(?:v(?:er(?:sion)?)?\.?)?\s*({_NUMBER})(?:\.({_NUMBER}))?", re.IGNORECASE
)

_COPY = re.compile(
    r"\s*(?:\(\d{1,3}\)|[-–_]?\s*\b(?:copy|copia|cópia)(?:\s*\(?\d{1,3}\)?)?)\s*$"  # noqa: RUF001 -- as file managers write it
    r"|^\s*(?:copy of|copy \(\d{1,3}\) of|cópia de|copia de)\s+",
    re.IGNORECASE,
)
_HANDLE = re.compile(r"@\w+")
"""A channel's advertisement."""

_NO_WORD = re.compile(r"[\W_]+")
_MEANS_NOTHING = re.compile(
    r"(?:\d+|[0-9a-f]{16,}|untitled\d*|new|novo|noname|sem|test|teste|file|code|source)?",
    re.IGNORECASE,
)


class Version(NamedTuple):
    """`MAJOR.MINOR`, as written, but for zeros."""

    major: int
    minor: str
    """Digits: 1.10 is another version than 1.1."""

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}"


FIRST = Version(1, "0")


def stated_version(text: str | None) -> Version | None:
    """Return the version that a source's own text states, such as `"1.00";`."""
    found = _STATED_VERSION.match(text or "")
    return _version(found) if found else None


def named_version(stem: str) -> Version | None:
    """Return the version that stands in a file's name, if one does."""
    for pattern in (_VERSION, _GLUED_VERSION, _LAST_NUMBER):
        found = pattern.search(stem)
        if found is not None:
            return _version(found)
    return None


def is_copy(stem: str) -> bool:
    """Whether a file manager named it as a copy."""
    return _COPY.search(stem) is not None


def means_something(name: str) -> bool:
    """Whether a cleaned name tells more than a number or `untitled` does."""
    return _MEANS_NOTHING.fullmatch(name.replace("_", "")) is None


def clean(stem: str, market: str | None = None) -> str:
    """Return the words of a name, joined by `_`; empty when it has none.

    Args:
        stem: a file's name without its suffix, or a title from its source.
        market: is taken out, where it stands as a word of its own.

    """
    while (cleaned := _once(stem, market)) != stem:
        # Every pass makes it shorter, or only tidies what the next leaves alone.
        stem = cleaned
    return stem


def _once(stem: str, market: str | None) -> str:
    stem = unicodedata.normalize("NFC", stem)
    for pattern in (_HANDLE, _COPY, _VERSION, _GLUED_VERSION, _LAST_NUMBER):
        stem = _unless_nothing_is_left(stem, pattern.sub(" ", stem, count=1))
    words = [word for word in _NO_WORD.split(stem) if word]
    words = _without_kind(words)
    if market is not None and len(words) > 1:
        words = [word for word in words if word.upper() != market] or words
    return _cut("_".join(words))


def _unless_nothing_is_left(old: str, new: str) -> str:
    return new if new != old and _NO_WORD.sub("", new) else old


def _without_kind(words: list[str]) -> list[str]:
    while len(words) > 1 and words[0].lower() in PREFIX_WORDS:
        words = words[1:]
    while len(words) > 1 and words[-1].lower() in _LAST_WORDS:
        words = words[:-1]
    return words


def _cut(name: str) -> str:
    name = name[:LONGEST_NAME]
    while len(name.encode("utf-8", "replace")) > _LONGEST_BYTES:
        name = name[:-1]
    return name.strip("_")


def _version(found: "re.Match[str]") -> Version:
    minor = found[2] if found.re.groups > 1 and found[2] else "0"
    return Version(int(found[1]), minor if minor.strip("0") else "0")
