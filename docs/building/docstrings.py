"""Docstrings are Markdown with Google's sections; Sphinx reads reStructuredText."""

import re
from collections.abc import Iterator, Sequence


def restructured(lines: Sequence[str]) -> list[str]:
    """Return a docstring whose pieces of code are literal blocks of Sphinx."""
    return list(_indented(list(_fenced(lines))))


def _fenced(lines: Sequence[str]) -> Iterator[str]:
    inside = False
    for line in lines:
        fence = re.fullmatch(r"(\s*)```(\w*)", line)
        if fence is None:
            yield f"    {line}" if inside else line
        elif inside:
            inside = False
            yield ""
        else:
            inside = True
            yield from (f"{fence[1]}.. code-block:: {fence[2] or 'text'}", "")


def _indented(lines: Sequence[str]) -> Iterator[str]:
    """Announce an indented paragraph behind a plain one, as Markdown does not."""
    plain = ""
    for before, line in zip(["", *lines], lines, strict=False):
        opens = line.startswith("    ") and not before.strip() and plain
        if opens and not plain.endswith("::") and not plain.startswith(".."):
            yield from ("::", "")
        if line.strip():
            plain = "" if line.startswith(" ") else line
        yield line
