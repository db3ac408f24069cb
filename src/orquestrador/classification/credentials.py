"""Tokens, keys and passwords that stand in a source as literals.

They are found to be named as a danger and to be masked: what a record shows of a
source must not carry them further.
"""

import re
from collections.abc import Iterable
from functools import lru_cache

from orquestrador.classification.lexing import Source

MASK = "•••"

_NAMED = re.compile(
    r"(?:token|api_{0,1}key|apikey|secret|passw(?:or)?d|senha|access_{0,1}key|"
    r"client_{0,1}id|private_{0,1}key|chave_{0,1}api)\w{0,20}\s{0,9}"
    r"(?:\[\s{0,4}\]\s{0,9})?(?::?=|==|,)\s{0,9}$",
    re.IGNORECASE,
)
_LITERAL = re.compile(r"[A-Za-z0-9+/=_:.!@#$%&*\-]{6,200}")
_TELEGRAM = re.compile(r"\b\d{8,10}:[A-Za-z0-9_-]{30,50}")
_KNOWN = re.compile(
    r"\b(?:sk-[A-Za-z0-9_-]{20,90}|ghp_[A-Za-z0-9]{30,50}|AKIA[0-9A-Z]{16}|"
    r"xox[bp]-[A-Za-z0-9-]{20,90}|AIza[A-Za-z0-9_-]{30,50})"
)
_PLACEHOLDER = re.compile(
    r"your|here|token|example|test|sample|xxx|\.\.\.|password|senha|secret|key|"
    r"demo|change|insert|enter|none|null|^https?:|\.(?:com|mq[45h]|ex[45]|txt|csv)",
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
    "passw",
    "senha",
    "access_key",
    "accesskey",
    "private_key",
    "privatekey",
    "chave",
)
_DIGIT = re.compile(r"\d")
_MAX_STRINGS = 20_000


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
    return sorted((*_in_strings(source), *_in_comments(source)))


def _in_strings(source: Source) -> Iterable[tuple[int, int]]:
    names = "\n".join(source.counts).lower()
    ciphers = any(name in source.counts for name in _CIPHERS)
    named = ciphers or any(stem in names for stem in _STEMS)
    least = 6 if named else 20
    for start, end in source.strings[:_MAX_STRINGS]:
        if not least <= end - start <= 200:
            continue
        literal = source.text[start:end]
        if (
            end - start >= 20 and (_TELEGRAM.search(literal) or _KNOWN.search(literal))
        ) or (named and _given(source, literal, start, ciphers=ciphers)):
            yield start, end


def _given(source: Source, literal: str, start: int, *, ciphers: bool) -> bool:
    """Whether a literal that may be a credential is given to a name for one."""
    is_shaped = _LITERAL.fullmatch(literal) and (ciphers or _DIGIT.search(literal))
    if not is_shaped or _PLACEHOLDER.search(literal):
        return False
    # The span holds the literal alone: its quote stands just before it.
    before = source.code[max(0, start - 60) : start - 1]
    if _DIGIT.search(literal) and _NAMED.search(before):
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
