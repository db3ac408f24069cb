"""The REPL: reads a line, does what it says, and goes on whatever happened."""

import contextlib
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

import click

from orquestrador.errors import OrquestradorError, SettingsError
from orquestrador.interface import cli
from orquestrador.interface.repl.actors import ActorCommands
from orquestrador.interface.repl.completion import Live, ReplCompleter
from orquestrador.interface.repl.console import Console, open_console
from orquestrador.interface.repl.line import is_unfinished, with_results, words_of
from orquestrador.interface.repl.news import News
from orquestrador.interface.repl.python_mode import PythonMode
from orquestrador.interface.repl.results import Results
from orquestrador.interface.session import Session
from orquestrador.interface.translation import _

if TYPE_CHECKING:
    from orquestrador.running import RunningLibrary

HISTORY = "repl_history"
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
        self._actors = ActorCommands(session, system)
        self._failed = False
        self._here: Mapping[str, Do] = {
            "events": self._switch_news,
            "exit": self._leave,
            "help": self._help,
            "more": self._more,
            "page": self._page,
            "python": self._python,
            "search": self._search,
        }
        self._console: Console = open_console(
            ReplCompleter(
                session,
                Live(session, self._actors.names),
                of_actors=(*self._actors.commands, *_OF_ACTORS),
                others=(*self._here, *_ALIASES),
            ),
            session.state / HISTORY,
        )
        self._interpreter: PythonMode | None = None

    def run(self) -> int:
        """Read lines until the end; returns the exit status of the last failure.

        With a person at the keyboard a command that failed is no failure of the
        REPL; in a script it is.
        """
        self._welcome()
        with self._console.news_above():
            self._news.turn_on()
            try:
                while self._one():
                    self._system.check()
            finally:
                self._news.turn_off()
        return int(self._failed and not self._console.interactive)

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
            return self._leave([])
        try:
            return self._do(line)
        except KeyboardInterrupt:
            click.echo(_("Interrupted; what was done until now is kept."), err=True)
        except (OrquestradorError, OSError, TimeoutError) as error:
            self._failed = True
            click.echo(f"{_('Error')}: {error}", err=True)
        except click.ClickException as error:
            self._failed = True
            error.show()
        except (click.exceptions.Exit, click.Abort):
            pass
        return _GO

    def _read(self) -> str:
        lines: list[str] = []
        while True:
            lines.append(self._console.read("… " if lines else "orq> "))
            if not is_unfinished(lines[-1]):
                return " ".join(each.removesuffix("\\").strip() for each in lines)

    def _do(self, line: str) -> bool:
        if line.startswith("!"):
            return self._python([line[1:].strip()])
        name, _space, rest = line.strip().partition(" ")
        name = _ALIASES.get(name, name)
        if name == "python":
            # Python has quotes of its own.
            return self._python([rest] if rest else [])
        arguments = with_results(words_of(rest), self._results.paths)
        if not name or name.startswith("#"):
            return _GO
        if name in self._here:
            return self._here[name](arguments)
        if name in self._actors.commands:
            self._confirm_of_actor(name, arguments)
            self._actors.commands[name](*arguments)
            return _GO
        if name in _NOT_HERE:
            raise SettingsError(
                _("{command} is for the shell: you are in it").format(command=name)
            )
        return self._command([name, *arguments])

    # -- commands of the command line -------------------------------------------------

    def _command(self, words: list[str]) -> bool:
        self._confirm(words)
        options = self._session.options()
        status = cli.run_command([*options, *words], self._session.translation)
        self._failed |= status not in {cli.DONE, cli.INTERRUPTED}
        if words[0] in {"stop", "parar_sistema"} and status == cli.DONE:
            return _END
        return _GO

    def _confirm(self, words: list[str]) -> None:
        """Ask before what cannot be undone, where somebody is there to ask."""
        if not self._console.interactive or {"-h", "--help"} & {*words}:
            return
        if words[0] in {"stop", "parar_sistema"}:
            self._sure(_("Stop the whole system?"))
        elif words[0] == "backup" and {"--force", "prune", "--in-place"} & {*words}:
            self._sure(_("This may replace or remove what is kept. Go on?"))

    def _confirm_of_actor(self, name: str, arguments: list[str]) -> None:
        if self._console.interactive and name in {"restart", "terminate"}:
            self._sure(
                _("{command} {actors}: the message in hand is lost. Go on?").format(
                    command=name, actors=" ".join(arguments)
                )
            )

    @staticmethod
    def _sure(question: str) -> None:
        from orquestrador.interface.questions import confirmed  # noqa: PLC0415 -- heavy

        if not confirmed(question, proposed=False):
            raise click.Abort

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
        self._results.search(arguments)
        return _GO

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
        if arguments:
            self._help_on(_ALIASES.get(arguments[0], arguments[0]))
            return _GO
        self._session.print(_("Here:"))
        for name, words in _help_lines():
            self._session.print(f"  {name:<28} {words}")
        self._session.print(_("And every command of the command line:"))
        self._session.print(f"  {', '.join(sorted(cli.COMMANDS))}")
        self._session.print(
            _("`help COMMAND` says more; the guide's names work too. Tab completes.")
        )
        return _GO

    def _help_on(self, name: str) -> None:
        for shown, words in _help_lines():
            if shown.split()[0] == name:
                self._session.print(f"{shown}\n  {words}")
        if name in cli.COMMANDS or name in cli.GUIDE_NAMES:
            cli.run_command([name, "--help"], self._session.translation)


_ALIASES = {
    "ajuda": "help",
    "ator": "actor",
    "atores": "actors",
    "encerrar": "terminate",
    "eventos": "events",
    "iniciar": "start",
    "mais": "more",
    "py": "python",
    "quit": "exit",
    "rastrear": "trace",
    "reiniciar": "restart",
    "retomar": "resume",
    "sair": "exit",
    "suspender": "suspend",
}
"""Other words for the REPL's own commands: Portuguese, and what fingers know."""

_NOT_HERE = frozenset({"executar", "repl", "run"})

_OF_ACTORS = tuple(
    alias
    for alias, name in _ALIASES.items()
    if name in {"actor", "terminate", "start", "trace", "restart", "resume", "suspend"}
)


def _help_lines() -> Iterator[tuple[str, str]]:
    yield "actors", _("the tree of actors, what each is doing, and its failures")
    yield "actor NAME", _("one actor: state, message in hand, mailbox, last failure")
    yield "restart NAME", _("start it anew behind the same ref; its mailbox is kept")
    yield "suspend NAME, resume NAME", _("let its messages wait, and go on")
    yield (
        "terminate NAME, start NAME",
        _("stop a child of a supervisor, start it again"),
    )
    yield "trace NAME [SECONDS]", _("show the messages it takes, as they come")
    yield "search …", _("as on the command line; _ is what was found, _3 the third")
    yield "more, page", _("the next results; all of them in the pager")
    yield "events on|off", _("tell what happens while you type")
    yield "python [CODE], !CODE", _("Python with the system as `orq`")
    yield "exit, Ctrl-D", _("leave; a system of another process goes on")


@contextlib.contextmanager
def _own_system(session: Session) -> Iterator["RunningLibrary"]:
    """Start the library's system in this process, and connect to it."""
    with session.orchestrator(control=True):
        system = session.running()
        if system is None:
            raise OrquestradorError(_("the system did not open its control socket"))
        with system:
            yield system


@contextlib.contextmanager
def _nothing(system: "RunningLibrary") -> Iterator["RunningLibrary"]:
    with system:
        yield system


def interact(session: Session) -> int:
    """Attach to the running system, or start one; returns the exit status."""
    running = session.running()
    opened: AbstractContextManager[RunningLibrary]
    opened = _own_system(session) if running is None else _nothing(running)
    with opened as system:
        return Repl(session, system, attached=system.pid != os.getpid()).run()
