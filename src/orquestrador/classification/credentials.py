"""Tokens, keys and passwords that stand in a source as literals.

They are found to be named as a danger and to be masked: what a record shows of a
source must not carry them further.
"""

import re
from collections.abc import Iterable
from functools import lru_cache

from orquestrador.classification.lexing import Source

MASK = "•••"

_PINE_INPUT = r"(?:input(?:\.\w{3,9})?\s{0,3}\(\s{0,3}(?:defval\s{0,3}=\s{0,3})?)?"
_NAMED = re.compile(
    r"(?:token|api_{0,1}key|apikey|secret|passw(?:or)?d|senha|access_{0,1}key|"
    r"client_{0,1}id|private_{0,1}key|chave_{0,1}api|chat_{0,1}id|bot_{0,1}id)"
    r"\w{0,20}\s{0,9}(?:\[\s{0,4}\]\s{0,9})?(?::?=|[=!]=|,)\s{0,9}\{?\s{0,9}"
    rf"{_PINE_INPUT}$",
    re.IGNORECASE,
)
_DEFINED = re.compile(
    r"#define\s{1,9}\w{0,20}(?:token|api_{0,1}key|secret|passw(?:or)?d|senha|chat_{0,1}id)"
    r"\w{0,20}\s{1,20}$",
    re.IGNORECASE,
)
_WORD_NAMED = re.compile(
    r"(?:pass(?:w(?:or)?d|phrase)|senha|contrasena|pwd"
    r"|(?-i:Pass|PASS|(?<![A-Za-z])pass)(?!e[ds]|i(?:ng|ve))"
    r"|(?:licen[cs]e|serial|master|activation|unlock)_{0,1}(?:number_{0,1})?(?:key|code))"
    rf"\w{{0,12}}\s{{0,9}}(?:=|[=!]=)\s{{0,9}}{_PINE_INPUT}$",
    re.IGNORECASE,
)
"""Names of what is remembered and so may be a word: a password, a licence's key."""

_NUMBER_NAMED = re.compile(
    r"(?:passw(?:or)?d|senha|chat_{0,1}id(?!x)"
    r"|(?:licen[cs]e|serial|activation|unlock)_{0,1}(?:key|code))"
    r"\w{0,12}\s{0,9}(?:=|[=!]=)\s{0,9}(-?\d{4,20})\b",
    re.IGNORECASE,
)
_NUMBER_STEMS = ("pass", "senha", "chat", "licen", "serial", "activation", "unlock")
_IN_ADDRESS = re.compile(
    r"[?&](?:api_{0,1}key|access_{0,1}token|token|key|secret|passw(?:or)?d|pass)"
    r"=([A-Za-z0-9_.-]{6,120})|\b(?:Bearer|Basic)\s{1,3}([A-Za-z0-9+/=._-]{12,200})",
    re.IGNORECASE,
)
_LITERAL = re.compile(r"[A-Za-z0-9+/=_:.!@#$%&*\-]{4,200}")
_TELEGRAM = re.compile(r"(?<!\d)\d{8,10}:[A-Za-z0-9_-]{30,50}")
_KNOWN = re.compile(
    r"\b(?:sk-[A-Za-z0-9_-]{20,90}|ghp_[A-Za-z0-9]{30,50}|AKIA[0-9A-Z]{16}|"
    r"xox[bp]-[A-Za-z0-9-]{20,90}|AIza[A-Za-z0-9_-]{30,50}|"
    r"eyJ[A-Za-z0-9_-]{10,90}\.[A-Za-z0-9_-]{10,90})|"
    r"\bdiscord(?:app)?\.com/api/webhooks/\d{8,20}/[A-Za-z0-9_-]{20,90}|"
    r"\bhooks\.slack\.com/services/T[A-Z0-9]{5,12}/B[A-Z0-9]{5,12}/\w{10,30}"
)
_PLACEHOLDER = re.compile(
    r"your|here|token|example|test|sample|xxx|\.\.\.|password|senha|secret|key|"
    r"demo|change|insert|enter|none|null|^passed$|^fail|^https?:|\.(?:com|mq[45h]|ex[45]|txt|csv)",
    re.IGNORECASE,
)
_IN_COMMENT = re.compile(
    r"(?:token|api_{0,1}key|secret|passw(?:or)?d|senha)\w{0,20}"
    r"\s{0,9}=\s{0,9}\"([^\"\r\n]{6,200})\"",
    re.IGNORECASE,
)
"""An assignment that was commented out: what it gave away is still there."""

_CIPHER_KEY = re.compile(r"(?:\b|_)[kK][eE][yY]\w{0,12}\s{0,9}=\s{0,9}$")
_CIPHERS = ("CryptDecode", "CryptEncode")
_STEMS = (
    "token",
    "apikey",
    "api_key",
    "secret",
    "senha",
    "pass",
    "pwd",
    "licen",
    "serial",
    "masterkey",
    "master_key",
    "activation",
    "unlock",
    "chat",
    "access_key",
    "accesskey",
    "private_key",
    "privatekey",
    "chave",
)
_DIGIT = re.compile(r"\d")
_WORD = re.compile(r"[A-Za-z0-9]{4}")
_MAX_STRINGS = 20_000
_MAX_NUMBERS = 12
_LEAST = 6
"""Characters of the shortest token."""


# What a source says about itself, its labels and their evidence all ask for them.
@lru_cache(maxsize=1)
def literals(source: Source) -> tuple[tuple[int, int], ...]:
    """Return where credentials stand in a source's text, each as (start, end).

    A literal counts when a name that says so receives it, or when it has the shape
    of a well-known service's key; placeholders such as `YOUR_TOKEN` do not count.
    """
    return tuple(_found(source))


def hidden(source: Source, text: str) -> str:
    """Return a part of a source's text, every credential in it as `MASK`."""
    for start, end in literals(source):
        text = text.replace(source.text[start:end], MASK)
    return text


def _found(source: Source) -> Iterable[tuple[int, int]]:
    return sorted((*_in_strings(source), *_in_numbers(source), *_in_comments(source)))


def _in_strings(source: Source) -> Iterable[tuple[int, int]]:
    names = "\n".join(source.counts).lower()
    ciphers = any(name in source.counts for name in _CIPHERS)
    named = ciphers or any(stem in names for stem in _STEMS)
    least = 4 if named else 20
    for start, end in source.strings[:_MAX_STRINGS]:
        if not least <= end - start <= 400:
            continue
        literal = source.text[start:end]
        if (
            end - start >= 20 and (_TELEGRAM.search(literal) or _KNOWN.search(literal))
        ) or (named and _given(source, literal, start, ciphers=ciphers)):
            yield start, end
        elif end - start >= 12:
            yield from _in_address(literal, start)


def _in_address(literal: str, start: int) -> Iterable[tuple[int, int]]:
    """Yield what an address or a header gives away: `?apikey=…`, `Bearer …`."""
    if not any(map(literal.__contains__, ("=", "earer ", "asic "))):
        return
    for found in _IN_ADDRESS.finditer(literal):
        which = found.lastindex or 0
        if _DIGIT.search(found[which]) and not _PLACEHOLDER.search(found[which]):
            yield start + found.start(which), start + found.end(which)


def _in_numbers(source: Source) -> Iterable[tuple[int, int]]:
    """Yield numbers that a name for a password or a chat is given or held against."""
    together = "\n".join(source.counts).lower()
    if not any(map(together.__contains__, _NUMBER_STEMS)):
        return
    for name, places in source.places.items():
        lowered = name.lower()
        if not any(map(lowered.__contains__, _NUMBER_STEMS)):
            continue
        for place in places[:_MAX_NUMBERS]:
            found = _NUMBER_NAMED.match(source.code, place + _stem(lowered))
            if found is not None:
                yield found.span(1)


def _stem(name: str) -> int:
    """Return where in a name that which says what it is begins."""
    return max(0, *map(name.rfind, _NUMBER_STEMS))


def _given(source: Source, literal: str, start: int, *, ciphers: bool) -> bool:
    """Whether a literal that may be a credential is given to a name for one."""
    if not _LITERAL.fullmatch(literal) or _PLACEHOLDER.search(literal):
        return False
    # The span holds the literal alone: its quote stands just before it.
    before = source.code[max(0, start - 60) : start - 1]
    if _WORD_NAMED.search(before):
        return _WORD.search(literal) is not None
    if len(literal) < _LEAST:
        return False
    if _DIGIT.search(literal) and (_NAMED.search(before) or _DEFINED.search(before)):
        return True
    return ciphers and _CIPHER_KEY.search(before) is not None


def _in_comments(source: Source) -> Iterable[tuple[int, int]]:
    text = source.text
    for start, end in source.comments[:_MAX_STRINGS]:
        # Few comments quote anything: the pattern looks at those alone.
        if text.find('"', start, end) < 0 or text.find("=", start, end) < 0:
            continue
        for found in _IN_COMMENT.finditer(text, start, end):
            if (
                _LITERAL.fullmatch(found[1])
                and _DIGIT.search(found[1])
                and not _PLACEHOLDER.search(found[1])
            ):
                yield found.span(1)
