"""Lines that fit the terminal; where there is none they stay whole."""

import shutil
import sys
import textwrap

_LEAST = 20


def width() -> int | None:
    """Return how many columns standard output has; None if it is no terminal."""
    if not sys.stdout.isatty():
        return None
    return max(_LEAST, shutil.get_terminal_size().columns)


def wrapped(line: str, *, indent: int = 2) -> str:
    """Break a line between words, the rest of it further in by `indent` columns.

    A word that is longer than a line, such as a path, is cut by the terminal, as
    people know it: it can be copied whole.
    """
    columns = width()
    if columns is None or len(line) < columns:
        return line
    own = len(line) - len(line.lstrip())
    return textwrap.fill(
        line,
        columns - 1,
        subsequent_indent=" " * (own + indent),
        break_long_words=False,
        break_on_hyphens=False,
        replace_whitespace=False,
        drop_whitespace=True,
    )


def columns_of(text: str) -> int:
    """Return how many columns a text takes: a Chinese sign takes two."""
    from prompt_toolkit.utils import get_cwidth  # noqa: PLC0415 -- for a table only

    return get_cwidth(text)


def shortened(text: str, columns: int) -> str:
    """Return the text in at most so many columns; of a longer one, the beginning."""
    if columns_of(text) <= columns:
        return text
    while columns_of(text) >= columns:
        text = text[:-1]
    return text + "…"


def fitted(text: str, columns: int) -> str:
    """Return the text in exactly so many columns; of a longer one, the end."""
    if columns_of(text) > columns:
        while columns_of(text) >= columns:
            text = text[1:]
        text = "…" + text
    return text + " " * (columns - columns_of(text))
