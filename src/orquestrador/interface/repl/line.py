"""A line of the REPL: its words, and the results that `_` stands for in it."""

import re
import shlex
from collections.abc import Sequence

from orquestrador.errors import SettingsError
from orquestrador.interface.translation import _

_RESULT = re.compile(r"_(\d*)")


def words_of(line: str) -> list[str]:
    """Split a line as a shell does, but leave backslashes alone: they are folders.

    Raises:
        SettingsError: if a quote is not closed.

    """
    splitter = shlex.shlex(line, posix=True, punctuation_chars=False)
    splitter.whitespace_split = True
    splitter.escape = ""
    splitter.commenters = ""
    try:
        return list(splitter)
    except ValueError as error:
        raise SettingsError(_("a quotation mark is not closed")) from error


def with_results(words: Sequence[str], paths: Sequence[str]) -> list[str]:
    """Put what was found last in the place of `_` (all of it) and `_3` (the third).

    Raises:
        SettingsError: if there is no such result.

    """
    whole: list[str] = []
    for word in words:
        meant = _RESULT.fullmatch(word)
        if meant is None:
            whole.append(word)
            continue
        if not paths:
            raise SettingsError(_("nothing was found yet: `search` fills _"))
        if not meant[1]:
            whole.extend(paths)
            continue
        number = int(meant[1])
        if not 1 <= number <= len(paths):
            raise SettingsError(
                _("{word}: there are {count} results").format(
                    word=word, count=len(paths)
                )
            )
        whole.append(paths[number - 1])
    return whole


def is_result(word: str) -> bool:
    """Tell whether a word is `_` or `_3`."""
    return _RESULT.fullmatch(word) is not None


def is_unfinished(line: str) -> bool:
    """Tell whether the line goes on below: it ends with a backslash of its own."""
    return line.endswith(" \\")
