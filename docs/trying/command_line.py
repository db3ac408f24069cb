"""Commands as pages write them: taken apart, and parsed as the program parses them."""

import io
import re
import shlex
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from typing import NamedTuple
from unittest import mock

import click

from orquestrador.interface.cli import main

_OPERATORS = frozenset({";", "&&", "|", "||", "&", ">", ">>"})
_STATUS = re.compile(r"#.*\bexit status (\d+)")


class Line(NamedTuple):
    """One command of a shell's block."""

    words: list[str]
    status: int
    """The exit status it is said to have."""


def lines_of(text: str) -> Iterator[Line]:
    """Yield the commands of a block, without comments and a prompt's `$`."""
    for line in re.sub(r"[\\`]\n", " ", text).splitlines():
        said = _STATUS.search(line)
        words: list[str] = []
        for word in [*_words(line.removeprefix("$ ")), ";"]:
            if word not in _OPERATORS:
                words.append(word)
            elif words:
                yield Line(words, int(said[1]) if said else 0)
                words = []


def ours(words: list[str]) -> list[str] | None:
    """Return the arguments of an `orquestrador` command; None of any other."""
    program = words[0].rpartition("/")[2].removesuffix(".exe")
    return words[1:] if program == "orquestrador" else None


def run(arguments: list[str]) -> tuple[int, str]:
    """Run a command in this process; returns its exit status and its screen."""
    screen = io.StringIO()
    with redirect_stdout(screen), redirect_stderr(screen):
        status = main(arguments)
    return status, screen.getvalue()


def parse(arguments: list[str]) -> tuple[int, str]:
    """Let the command line take a command to its end, and run nothing.

    The files that it names are the reader's, and not here.
    """
    nothing = mock.patch.object(click.Command, "invoke", return_value=None)
    anything = mock.patch.object(click.Path, "convert", _unchanged)
    with nothing, anything:
        return run(arguments)


def _unchanged(_path: click.Path, value: object, *_more: object) -> object:
    return value


def _words(line: str) -> list[str]:
    if re.search(r"[\w.]\\\w", line):
        line = line.replace("\\", "/")
    lexer = shlex.shlex(line, posix=True, punctuation_chars=";&|>")
    lexer.whitespace_split = True
    return list(lexer)
