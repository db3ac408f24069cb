"""The REPL: reads a line, does what it says, and goes on whatever happened."""

import contextlib
import os
import threading
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

import click

from orquestrador.errors import OrquestradorError, RunFailedError, SettingsError
from orquestrador.interface import cli, ending
from orquestrador.interface.error_words import error_text
from orquestrador.interface.repl import caution, helping
from orquestrador.interface.repl.actors import ActorCommands
from orquestrador.interface.repl.completion import Live, ReplCompleter, all_commands
from orquestrador.interface.repl.console import Console, open_console
from orquestrador.interface.repl.line import (
    is_result,
    is_unfinished,
    with_results,
    words_of,
)
from orquestrador.interface.repl.news import News
from orquestrador.interface.repl.python_mode import PythonMode
from orquestrador.interface.repl.results import Results
from orquestrador.interface.session import Session
from orquestrador.interface.translation import _
from orquestrador.interface.wrapping import width, wrapped

if TYPE_CHECKING:
    from orquestrador.orchestrator import Orchestrator
    from orquestrador.running import RunningLibrary

HISTORY = "repl_history"
_HELP_COLUMNS = 90
_SLICE_S = 0.1
_GO, _END = True, False

Do = Callable[[list[str]], bool]
"""Does a command with its arguments; returns whether the REPL goes on."""


class Repl:
    """Control of one running system, line by line.

    Args:
        session: of the command line; its options hold for every line.
        system: the system, in this process or another one.
        attached: whether it is another's, so that leaving does not end it.

    """

    def __init__(
        self, session: Session, system: "RunningLibrary", *, attached: bool
    ) -> None:
        self._session = session
        self._system = system
        self._attached = attached
        self._news = News(session, system)
        self._results = Results(session)
        self._actors = ActorCommands(session, system, self._make_sure)
        self._failed = False
        self._left = threading.Event()
        self._here: Mapping[str, Do] = {
            "events": self._switch_news,
            "exit": self._leave,
            "help": self._help,
            "more": self._more,
            "page": self._page,
            "python": self._python,
            "search": self._search,
        }
        live = Live(session, self._actors.names, self._actors.stopped)
        self._console: Console = open_console(
            ReplCompleter(session, live), session.state / HISTORY
        )
        self._interpreter: PythonMode | None = None

    def run(self) -> int:
        """Read lines until the end; returns the exit status of the last failure.

        With a person at the keyboard a command that failed is no failure of the
        REPL; in a script it is.
        """
        self._welcome()
        threading.Thread(target=self._watch, name="repl-watch", daemon=True).start()
        if self._console.interactive:
            self._news.turn_on()
        try:
            while self._one():
                self._require_open()
                self._news.tell_missed(self._system.take_missed())
        finally:
            self._left.set()
            self._news.turn_off()
        return int(self._failed and not self._console.interactive)

    def _watch(self) -> None:
        """Let nobody go on typing to a system, or in a program, that has to end."""
        while not self._system.wait_closed(_SLICE_S) and not ending.is_asked():
            pass
        self._console.say_over()
        # Again and again: what was raised may have been caught by somebody who goes
        # on, and between two prompts there is none to end.
        while not self._left.wait(_SLICE_S):
            self._console.give_up()

    def _welcome(self) -> None:
        if not self._console.interactive:
            return
        words = (
            _("Attached to the system of {library} (process {pid}).")
            if self._attached
            else _("The system of {library} runs in this process ({pid}).")
        )
        self._session.print(
            words.format(library=self._session.library, pid=self._system.pid)
        )
        self._session.print(_("`help` lists the commands, Ctrl-D leaves."))

    def _one(self) -> bool:
        """Read and do one command; returns whether there may be another."""
        try:
            line = self._read()
        except KeyboardInterrupt:
            return _GO
        except EOFError:
            # Not always the user's: these say so.
            ending.check()
            self._require_open()
            return self._leave([])
        # A command would start a system of its own where there is none any more.
        self._require_open()
        try:
            return self._do(line)
        except KeyboardInterrupt:
            click.echo(_("Interrupted; what was done until now is kept."), err=True)
        except (OrquestradorError, OSError, TimeoutError) as error:
            # Where that is the reason, it is said once.
            self._require_open()
            self._failed = True
            click.echo(wrapped(f"{_('Error')}: {error_text(error)}"), err=True)
        except click.ClickException as error:
            self._failed = True
            error.show()
        except (click.exceptions.Exit, click.Abort):
            pass
        except Exception as error:  # noqa: BLE001 -- a command's fault is no end of the system
            self._failed = True
            self._tell_fault(error)
        return _GO

    def _tell_fault(self, error: Exception) -> None:
        """Tell of an error that nobody has foreseen, for who has to mend it."""
        import traceback  # noqa: PLC0415 -- for a fault only

        click.echo("".join(traceback.format_exception(error)), err=True)
        click.echo(wrapped(_("That is a fault of the program; it goes on.")), err=True)

    def _require_open(self) -> None:
        """Raise if the system has ended, in the user's language."""
        try:
            self._system.require_open()
        except RunFailedError as error:
            raise RunFailedError(
                _(
                    "the system (process {pid}) has ended; what it did until then is "
                    "kept"
                ).format(pid=self._system.pid)
            ) from error

    def _read(self) -> str:
        lines: list[str] = []
        while True:
            lines.append(self._console.read("… " if lines else "orq> "))
            if not is_unfinished(lines[-1]):
                return " ".join(each.removesuffix("\\").strip() for each in lines)

    def _do(self, line: str) -> bool:
        typed, _space, rest = line.strip().partition(" ")
        if typed.startswith("!"):
            return self._python([line.strip()[1:].strip()])
        name = helping.own_name(typed)
        if not name or name.startswith("#"):
            return _GO
        if name == "python":
            # Python has quotes of its own.
            return self._python([rest] if rest else [])
        return self._show(name) if is_result(name) else self._do_words(name, rest)

    def _do_words(self, name: str, rest: str) -> bool:
        arguments = with_results(words_of(rest), self._results.paths)
        if name in self._here:
            return self._here[name](arguments)
        if name in self._actors.commands:
            self._actors.commands[name](*arguments)
            return _GO
        self._require_command(name)
        return self._command([name, *arguments])

    def _require_command(self, name: str) -> None:
        if name in helping.NOT_HERE:
            raise SettingsError(
                _("{command} is for the shell: you are in it").format(command=name)
            )
        if name in cli.COMMANDS or name in cli.GUIDE_NAMES:
            return
        import difflib  # noqa: PLC0415 -- for a mistake only

        words = _("there is no command {name}; `help` lists them").format(name=name)
        for near in difflib.get_close_matches(name, all_commands(), n=1):
            words += ". " + _("Did you mean {name}?").format(name=near)
        raise SettingsError(words)

    # -- commands of the command line -------------------------------------------------

    def _command(self, words: list[str]) -> bool:
        question = caution.question_before(words)
        if question is not None:
            self._make_sure(question, words)
            words = caution.without_yes(words)
        options = self._session.options()
        status = cli.run_command([*options, *words], self._session.translation)
        self._failed |= status not in {cli.DONE, cli.INTERRUPTED}
        if words[0] in {"stop", "parar_sistema"} and status == cli.DONE:
            return _END
        return _GO

    def _make_sure(self, question: str, words: Sequence[str]) -> None:
        caution.make_sure(question, words, interactive=self._console.interactive)

    # -- the REPL's own ----------------------------------------------------------------

    def _leave(self, _arguments: list[str]) -> bool:
        if self._console.interactive:
            words = (
                _("Left; the system goes on (process {pid}).")
                if self._attached
                else _("The system is stopping …")
            )
            self._session.print(words.format(pid=self._system.pid))
        return _END

    def _search(self, arguments: list[str]) -> bool:
        if {"--json", "--jsonl", "-h", "--help"} & {*arguments}:
            return self._command(["search", *arguments])
        self._results.search(arguments)
        return _GO

    def _show(self, result: str) -> bool:
        """Show what `_` or `_3` stands for, typed alone."""
        paths = with_results([result], self._results.paths)
        if len(result) == 1:
            self._results.again()
            return _GO
        return self._command(["inspect", *paths])

    def _more(self, _arguments: list[str]) -> bool:
        self._results.more()
        return _GO

    def _page(self, _arguments: list[str]) -> bool:
        self._results.page()
        return _GO

    def _switch_news(self, arguments: list[str]) -> bool:
        match arguments:
            case ["on"]:
                self._news.turn_on()
            case ["off"]:
                self._news.turn_off()
            case []:
                pass
            case _other:
                raise SettingsError(_("events: say on or off"))
        self._session.print(_("events: on") if self._news.on else _("events: off"))
        return _GO

    def _python(self, arguments: list[str]) -> bool:
        if self._interpreter is None:
            names: dict[str, Any] = {"orq": self._system, "session": self._session}
            self._interpreter = PythonMode(names, self._console)
        self._interpreter.locals["_results"] = self._results.records
        if arguments:
            self._interpreter.run_line(arguments[0])
        else:
            self._interpreter.interact()
        return _GO

    def _help(self, arguments: list[str]) -> bool:
        for name in arguments:
            self._help_on(name)
        if arguments:
            return _GO
        columns = min(width() or _HELP_COLUMNS, _HELP_COLUMNS) - 1
        formatter = click.HelpFormatter(width=columns, max_width=columns)
        with formatter.section(_("Here")):
            formatter.write_dl([*helping.entries()])
        with formatter.section(_("And every command of the command line")):
            formatter.write_text(", ".join(sorted({*cli.COMMANDS} - helping.NOT_HERE)))
        formatter.write_paragraph()
        formatter.write_text(
            _("`help COMMAND` says more; the guide's names work too. Tab completes.")
        )
        self._session.print(formatter.getvalue().rstrip())
        return _GO

    def _help_on(self, name: str) -> None:
        own = helping.own_name(name)
        entry = helping.entry(own)
        if entry is not None:
            self._session.print(wrapped(f"{entry.usage} — {entry.words}"))
            names = ", ".join(helping.other_names(own))
            if names:
                words = _("also called: {names}").format(names=names)
                self._session.print(wrapped(f"  {words}", indent=0))
        if own in cli.COMMANDS or own in cli.GUIDE_NAMES:
            cli.run_command([own, "--help"], self._session.translation)
        elif entry is None:
            self._require_command(own)


@contextlib.contextmanager
def _own_system(session: Session) -> Generator["RunningLibrary"]:
    """Start the library's system in this process, and connect to it."""
    with session.orchestrator(control=True) as orq, _stopping_when_asked(orq):
        system = session.running()
        if system is None:
            raise OrquestradorError(_("the system did not open its control socket"))
        with system:
            yield system


@contextlib.contextmanager
def _stopping_when_asked(orq: "Orchestrator") -> Generator[None]:
    """Stop the system when `stop` says so, here or elsewhere, whatever is typed."""
    left = threading.Event()

    def wait() -> None:
        while not left.is_set():
            if orq.stop_requested.wait(_SLICE_S):
                orq.stop()
                return

    waiting = threading.Thread(target=wait, name="repl-stop", daemon=True)
    waiting.start()
    try:
        yield
    finally:
        left.set()
        waiting.join()


@contextlib.contextmanager
def _nothing(system: "RunningLibrary") -> Generator["RunningLibrary"]:
    with system:
        yield system


def interact(session: Session) -> int:
    """Attach to the running system, or start one; returns the exit status."""
    running = session.running()
    opened: AbstractContextManager[RunningLibrary]
    opened = _own_system(session) if running is None else _nothing(running)
    with opened as system:
        return Repl(session, system, attached=system.pid != os.getpid()).run()
