"""Where the REPL's lines come from and its words go to.

A terminal has completion, history and words above the line being typed. Where there
is none (a pipe, mintty on Windows) lines are plain.
"""

import contextlib
import os
import re
import sys
from abc import ABC, abstractmethod
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING

import click

from orquestrador.interface.repl.mintty import is_person
from orquestrador.interface.translation import _

if TYPE_CHECKING:
    from collections.abc import Callable

    from prompt_toolkit.completion import Completer
    from prompt_toolkit.history import History

_SECRET = re.compile(
    r"(?i)token|passw|pwd|senha|secret|segredo|credential|bearer|authorization"
    r"|api.?key|tgram:|mailtos?:|://[^/\s]*@"
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

    def say_over(self) -> None:  # noqa: B027 -- where the prompt ends, that says it
        """Say that no line will be read any more, where that cannot be seen."""

    @abstractmethod
    def give_up(self) -> None:
        """Wait for no line any more, where that is possible.

        From any thread, and as often as one likes: the wait may not have begun.
        """


class PlainConsole(Console):
    """Lines from standard input, whatever it is."""

    def __init__(self) -> None:
        """Ask nothing of the terminal."""
        self.interactive = is_person(sys.stdin)
        self._reading = False

    def read(self, prompt: str) -> str:
        """Return the next line; the prompt is shown to people only."""
        # Python code of the user's does not flush, and a pipe is no terminal.
        sys.stdout.flush()
        if self.interactive:
            click.echo(prompt, nl=False, err=True)
        self._reading = True
        try:
            line = sys.stdin.readline()
        finally:
            self._reading = False
        if not line:
            raise EOFError
        return line.rstrip("\r\n")

    def say_over(self) -> None:
        """Say that it is over: nothing ends a read of standard input."""
        if self._reading and self.interactive:
            with contextlib.suppress(OSError, ValueError):
                click.echo(_("\nThe system has ended; Enter leaves."), err=True)

    def give_up(self) -> None:
        """Do nothing: see `say_over`."""


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
        self._pasted: deque[str] = deque()
        self._over = False
        self._patch: Callable[..., contextlib.AbstractContextManager[None]]
        self._patch = patch_stdout
        self._session: PromptSession[str] = PromptSession(
            completer=completer,
            complete_while_typing=False,
            # An answer that is long in coming must not hold up the typing.
            complete_in_thread=True,
            history=_history(history),
            auto_suggest=AutoSuggestFromHistory(),
            enable_open_in_editor=True,
        )

    def read(self, prompt: str) -> str:
        """Return the next line; those of a paste come one after the other."""
        if not self._pasted:
            self._pasted.extend(self._prompted(prompt).split("\n"))
        return self._pasted.popleft()

    def give_up(self) -> None:
        """End the prompt, as at the end of the input."""
        self._over = True
        loop = self._session.app.loop
        # The prompt may just have ended by itself.
        with contextlib.suppress(RuntimeError):
            if loop is not None:
                loop.call_soon_threadsafe(self._leave_if_over)

    def _prompted(self, prompt: str) -> str:
        # What other threads print stands above the line being typed. Only as long as
        # one is: the patch writes in a thread of its own, and what a command has
        # printed would come after the next prompt, or into the middle of it.
        with self._patch(raw=True):
            return self._session.prompt(prompt, pre_run=self._leave_if_over)

    def _leave_if_over(self) -> None:
        app = self._session.app
        if self._over and app.is_running and not app.is_done:
            app.exit(exception=EOFError)


def is_kept(line: str) -> bool:
    """Tell whether a line may stand in the history: it holds no secret."""
    return not line.startswith(" ") and not _SECRET.search(line)


def _history(path: Path) -> "History":
    """Return the history in a file; in memory where there can be none."""
    try:
        return _history_in(path)
    except OSError:
        from prompt_toolkit.history import InMemoryHistory  # noqa: PLC0415 -- heavy

        return InMemoryHistory()


def _history_in(path: Path) -> "History":
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
