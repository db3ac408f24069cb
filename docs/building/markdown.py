"""Words of the code as Markdown."""

import inspect
import re
from collections.abc import Iterable, Iterator, Sequence


def plain(text: str) -> str:
    """Return a text that Markdown shows as it stands."""
    return re.sub(r"([\\`*_<>\[\]{}|$#])", r"\\\1", text)


def sentence(text: str) -> str:
    """Return a docstring's text: what stands in single quotes is code."""
    pieces = re.split(r"(`[^`]+`)", " ".join(text.split()))
    return "".join(each if each.startswith("`") else plain(each) for each in pieces)


def term(name: str, meaning: str) -> str:
    """Return one entry of a list of definitions."""
    return f"`{name}`\n: {meaning}\n"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; its cells are Markdown. Without rows it is empty."""
    lines = [f"| {' | '.join(cells)} |" for cells in rows]
    if not lines:
        return ""
    return "\n".join([f"| {' | '.join(head)} |", "|" + "---|" * len(head), *lines])


def paragraphs(docstring: str) -> Iterator[str]:
    """Yield a docstring's paragraphs; what is indented or fenced stays as it stands."""
    for text in re.split(r"\n\n+(?!\s)", inspect.cleandoc(docstring)):
        if text.startswith("```"):
            yield text
        elif "\n    " in text or re.search(r"^[-*] ", text, re.MULTILINE):
            yield f"```text\n{text}\n```"
        else:
            yield sentence(text)
