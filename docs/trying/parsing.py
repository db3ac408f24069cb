"""What in a page is tried, and how."""

import re
from collections.abc import Iterable

from sybil import Document, Lexeme, Region
from sybil.parsers.markdown.lexers import FencedCodeBlockLexer
from sybil.typing import Evaluator

from docs.trying import blocks

EVALUATORS: dict[str, Evaluator] = {
    "python": blocks.run_python,
    "sh": blocks.run_shell,
    "text": blocks.compare,
    "json": blocks.read_json,
    "toml": blocks.read_toml,
    "console": blocks.parse_commands,
    "powershell": blocks.must_say_why,
}

SHOWN = frozenset({"mql4", "mql5", "mqh", "pine", "sql", "txt"})
"""Those of docs/labels.md and docs/rules.md are classified by tests of their own."""

_fences = FencedCodeBlockLexer(
    language=".+", mapping={"language": "arguments", "source": "source"}
)
_FENCE = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)
_SAID = re.compile(
    r"^ {4}(?:\$ )?(?P<line>orquestrador .+)$|`(?P<inline>orquestrador [^`]+)`",
    re.MULTILINE,
)
_PLACEHOLDER = re.compile(r"…|^orquestrador COM")


def fenced(document: Document) -> Iterable[Region]:
    """Yield the blocks of a page."""
    for found in _fences(document):
        language = found.lexemes["arguments"].split()[0]
        if language.startswith("{"):
            continue
        evaluator = blocks.shown if language in SHOWN else EVALUATORS.get(language)
        source = found.lexemes["source"]
        yield Region(
            found.start, found.end, source, evaluator or blocks.unknown, found.lexemes
        )


def said(document: Document) -> Iterable[Region]:
    """Yield the commands outside of blocks."""
    inside = [found.span() for found in _FENCE.finditer(document.text)]
    for found in _SAID.finditer(document.text):
        if any(start <= found.start() < end for start, end in inside):
            continue
        text = " ".join((found["line"] or found["inline"]).split())
        if _PLACEHOLDER.search(text):
            continue
        yield Region(
            found.start(),
            found.end(),
            Lexeme(text, found.start(), 0),
            blocks.check_sentence,
        )


PARSERS = (fenced, said)
