"""Where the REPL's lines come from and its words go to.

A terminal has completion, history and words above the line being typed. Where there
is none (a pipe, mintty on Windows) lines are plain.
"""

import contextlib
import os
import re
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from prompt_toolkit.completion import Completer

_SECRET = re.compile(
    r"(?i)token|passw|senha|secret|segredo|api.?key|tgram:|mailtos?:|://[^/\s]*@"
)
_HISTORY_LINES = 5_000


class Console(ABC):
    """Reads lines from a person or a pipe."""

    interactive: bool
    """Whether somebody is there to answer questions."""

    @abstractmethod
    def read(self, prompt: str) -> str:
        """Return the next line, without its end.

        Raises:
            EOFError: when there is none any more.
            KeyboardInterrupt: when the user gives up the line.

        """

    @contextlib.contextmanager
    def news_above(self) -> Iterator[None]:
        """Let what other threads print stand above the line that is being typed."""
        yield


class PlainConsole(Console):
    """Lines from standard input, whatever it is."""

    def __init__(self) -> None:
        """Ask nothing of the terminal."""
        self.interactive = sys.stdin.isatty()

    def read(self, prompt: str) -> str:
        """Return the next line; the prompt is shown to people only."""
        if self.interactive:
            click.echo(prompt, nl=False, err=True)
        line = sys.stdin.readline()
        if not line:
            raise EOFError
        return line.rstrip("\r\n")


class TerminalConsole(Console):
    """A terminal, by prompt_toolkit.

    Args:
        completer: proposes how a word may go on.
        history: the file that keeps the lines of earlier sessions, except those that
            hold a secret or begin with a space.

    """

    def __init__(self, completer: "Completer", history: Path) -> None:
        from prompt_toolkit import PromptSession  # noqa: PLC0415 -- heavy
        from prompt_toolkit.auto_suggest import AutoSuggestFromHistory  # noqa: PLC0415 -- heavy
        from prompt_toolkit.patch_stdout import patch_stdout  # noqa: PLC0415 -- heavy

        self.interactive = True
        self._patch: Callable[..., contextlib.AbstractContextManager[None]]
        self._patch = patch_stdout
        self._session: PromptSession[str] = PromptSession(
            completer=completer,
            complete_while_typing=False,
            history=_history(history),
            auto_suggest=AutoSuggestFromHistory(),
            enable_open_in_editor=True,
        )

    def read(self, prompt: str) -> str:
        """Return the next line."""
        return self._session.prompt(prompt)

    @contextlib.contextmanager
    def news_above(self) -> Iterator[None]:
        """Print above the line being typed; colours are kept."""
        with self._patch(raw=True):
            yield


def is_kept(line: str) -> bool:
    """Tell whether a line may stand in the history: it holds no secret."""
    return not line.startswith(" ") and not _SECRET.search(line)


def _history(path: Path) -> "FileHistory":
    from prompt_toolkit.history import FileHistory  # noqa: PLC0415 -- heavy

    class Discreet(FileHistory):
        """A history on the disk that forgets secrets, for the user's eyes only."""

        def store_string(self, string: str) -> None:
            """Write a line to the file, if it may be kept."""
            if is_kept(string):
                super().store_string(string)

    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists():
        _shorten(path)
    else:
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
    return Discreet(path)


def _shorten(path: Path) -> None:
    lines = path.read_text("utf-8", "replace").splitlines(keepends=True)
    if len(lines) > _HISTORY_LINES:
        path.write_text("".join(lines[-_HISTORY_LINES // 2 :]), encoding="utf-8")


if TYPE_CHECKING:
    from prompt_toolkit.history import FileHistory


def open_console(completer: "Completer", history: Path) -> Console:
    """Return the best console that standard input and output allow."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return PlainConsole()
    if os.environ.get("TERM") == "dumb":
        return PlainConsole()
    try:
        return TerminalConsole(completer, history)
    except Exception as error:  # noqa: BLE001 -- Windows: no console behind the terminal
        click.echo(f"{type(error).__name__}: {error}", err=True)
        return PlainConsole()
