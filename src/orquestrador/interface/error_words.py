"""What went wrong, in the language of the screen.

An error is one English text, whoever raises it: programs and logs keep it so. For
people the sentence is found again in `errors.json`, the list of what the rooms raise
(made from the source: docs/translating.md). What none of them is stays English.
"""

import functools
import importlib.resources
import json
from typing import TYPE_CHECKING

from orquestrador.interface.translation import current
from orquestrador.words import Words

if TYPE_CHECKING:
    from orquestrador.reports.shapes import Shapes


def error_text(error: object) -> str:
    """Return an error's text in the language that is spoken here, line by line."""
    text, words = str(error), current()
    if words.language == "en":
        return text
    return "\n".join(_said(line, words) for line in text.split("\n"))


def _said(text: str, words: Words) -> str:
    whole = _shapes().said(text, words, functools.partial(_said, words=words))
    if whole is not None:
        return whole
    # Whose error it is often stands before: "orquestrador.json: is not UTF-8".
    place, colon, rest = text.partition(": ")
    return f"{place}{colon}{_said(rest, words)}" if colon else text


@functools.cache
def _shapes() -> "Shapes":
    from orquestrador.reports.shapes import Shapes  # noqa: PLC0415 -- for an error only

    folder = importlib.resources.files("orquestrador.interface")
    return Shapes(json.loads((folder / "errors.json").read_text("utf-8")))
