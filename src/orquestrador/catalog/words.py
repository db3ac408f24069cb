"""Words of a record and of a query: what full-text search compares.

Both sides pass through SQLite's `unicode61` tokenizer, which folds case and accents.
Here compound names get their parts beside them, and a query becomes an expression
that has no syntax of its user's: only letters and digits reach SQLite, in quotes.
"""

import re
import unicodedata
from functools import lru_cache

from orquestrador.messages import Facts

_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_WORDS = re.compile(r"[^\W_]+")


@lru_cache(maxsize=32_768)
def with_parts(name: str) -> str:
    """Return a compound name and its parts: `UseStop` as `UseStop Use Stop`."""
    # A library of 3,000 contents has 80,000 names and 28,000 different ones: cached.
    if name.islower() or name.isupper():
        return name
    parts = _PARTS.findall(name)
    return name if len(parts) < 2 else f"{name} {' '.join(parts)}"


def indexed(facts: Facts | None) -> tuple[str, str, str, str, str]:
    """Return what is searched of a source.

    Returns:
        Name, author, description, inputs and functions: the columns of
        `content_words`.

    """
    if facts is None:
        return ("", "", "", "", "")
    inputs: list[str] = []
    for each in facts.inputs:
        inputs.append(with_parts(each.name))
        if each.comment is not None:
            inputs.append(each.comment)
    return (
        with_parts(facts.name or ""),
        facts.author or "",
        facts.description or "",
        " ".join(inputs),
        " ".join([with_parts(function) for function in facts.functions]),
    )


def words_of(text: str) -> list[str]:
    """Return the words of a query, each once: runs of letters and digits."""
    # Composed first: a combining accent alone is no letter and would part the word.
    composed = unicodedata.normalize("NFC", text)
    return list(dict.fromkeys(_WORDS.findall(composed)))


def folded(text: str) -> str:
    """Return text without case and accents, as the tokenizer compares it."""
    if text.isascii():
        return text.lower()
    parted = unicodedata.normalize("NFKD", text.lower())
    return "".join(char for char in parted if not unicodedata.combining(char))


def prefix(word: str) -> str:
    """Return the expression that finds words beginning with this one."""
    return f'"{word}"*'


def phrase(words: list[str]) -> str:
    """Return the expression that finds these words next to each other."""
    return f'"{" ".join(words)}"'
