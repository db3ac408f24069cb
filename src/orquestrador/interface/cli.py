"""The command line: finds the command, speaks the user's language, ends in order.

Commands are loaded when they are called, so that `orquestrador --help` answers at
once. Each module of `commands` makes its click command in a function `command`,
which is called after the language is known.
"""

import io
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from orquestrador.errors import OrquestradorError, SettingsError
from orquestrador.interface import ending
from orquestrador.interface.click_words import click_in
from orquestrador.interface.error_words import error_text
from orquestrador.interface.session import Session
from orquestrador.interface.translation import LANGUAGES, Translation, _, choose, using

DONE, FAILED, WRONG_USAGE, INTERRUPTED = 0, 1, 2, 130

COMMANDS = {
    "autostart": "autostart",
    "backup": "backup",
    "changes": "changes",
    "classify": "classify",
    "config": "config",
    "demo": "demo",
    "doctor": "doctor",
    "export": "export",
    "history": "history",
    "import": "import_",
    "init": "init",
    "inspect": "inspect",
    "label": "label",
    "logs": "logs",
    "monitor": "monitor",
    "open": "open",
    "organize": "organize",
    "repl": "repl",
    "report": "report",
    "rules": "rules",
    "run": "run",
    "search": "search",
    "shards": "shards",
    "status": "status",
    "stop": "stop",
}
"""Command to the module of `commands` that makes it."""

GUIDE_NAMES = {
    "abrir": ("open",),
    "backup_completo": ("backup", "create"),
    "buscar": ("search",),
    "classificar_diretorio": ("classify",),
    "classificar_tudo": ("classify",),
    "corrigir": ("label",),
    "demo_completo": ("demo",),
    "executar": ("run",),
    "exportar": ("export",),
    "fragmentos": ("shards",),
    "gerar_relatorio_executivo": ("report",),
    "historico": ("history",),
    "importar": ("import",),
    "iniciar_com_o_sistema": ("autostart",),
    "inspecionar": ("inspect",),
    "monitorar_tempo_real": ("monitor",),
    "mudancas": ("changes",),
    "organizar": ("organize",),
    "parar_sistema": ("stop",),
    "regras": ("rules",),
    "relatorio": ("report",),
    "status_sistema": ("status",),
    "ver_logs": ("logs",),
}
"""The guide's name of a command to ours, with its subcommand."""

_OF_SEVERAL = frozenset({"search"})
"""Commands that look into several libraries at a time."""

_GLOBAL_FLAGS = frozenset({"--json", "-q", "--quiet", "-v", "--verbose"})
_GLOBAL_OPTIONS = frozenset({"--config", "--lang", "--library", "--state"})


def find_command(called: str) -> click.Command | None:
    """Load a command by our name or the guide's; None when there is none."""
    name, *sub = GUIDE_NAMES.get(called, (called,))
    if name not in COMMANDS:
        return None
    module = import_module(f"orquestrador.interface.commands.{COMMANDS[name]}")
    make: Callable[[], click.Command] = module.command
    found = make()
    if sub and isinstance(found, click.Group):
        return found.commands[sub[0]]
    return found


class _Commands(click.Group):
    """Loads a command when it is named."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return our names; the guide's work too and are in the last lines of help."""
        del ctx
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load a command by our name or the guide's."""
        del ctx
        return find_command(cmd_name)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Name the nearest command when there is none of this name."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            import difflib  # noqa: PLC0415 -- for a mistake only

            near = difflib.get_close_matches(args[0], [*COMMANDS, *GUIDE_NAMES], n=1)
            if not near:
                raise
            hint = _("Did you mean {name}?").format(name=near[0])
            raise click.UsageError(f"{error.message} {hint}", ctx) from error


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status (the console script's entry)."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    _never_fail_to_encode()
    try:
        translation = choose(_language(given), os.environ)
    except ValueError as error:
        click.echo(str(error), err=True)
        return WRONG_USAGE
    with using(translation), click_in(translation.language):
        try:
            with ending.in_order():
                return run_command(given, translation)
        except ending.Ended:
            return _failure(KeyboardInterrupt())


def run_command(arguments: list[str], translation: Translation) -> int:
    """Run one command; tells what went wrong, and returns the exit status.

    Raises:
        Ended: if the program, not only this command, has to end.

    """
    try:
        status = command_group(translation).main(
            _global_first(arguments), prog_name="orquestrador", standalone_mode=False
        )
    except click.exceptions.Exit as end:
        return end.exit_code
    except ending.Ended:
        raise
    except SystemExit:
        # Click's way of saying that the reader of a pipe has left (it has made the
        # last flush harmless): no error of ours, and nobody to tell.
        return DONE
    except (KeyboardInterrupt, Exception) as error:  # noqa: BLE001 -- told or raised
        return _failure(error)
    return status if isinstance(status, int) else DONE


def _failure(error: BaseException) -> int:
    """Tell what went wrong, and return the exit status that says it."""
    match error:
        case click.ClickException():
            error.show()
            return error.exit_code
        case KeyboardInterrupt() | click.Abort():
            click.echo(_("Interrupted; what was done until now is kept."), err=True)
            return INTERRUPTED
        case SettingsError():
            click.echo(f"{_('Settings')}: {error_text(error)}", err=True)
            return WRONG_USAGE
        case OrquestradorError() | OSError():
            click.echo(f"{_('Error')}: {error_text(error)}", err=True)
            return FAILED
        case _:
            raise error


def _global_first(arguments: list[str]) -> list[str]:
    """Move the options of every command to the front: people type them anywhere."""
    front: list[str] = []
    rest: list[str] = []
    waiting = iter(arguments)
    for argument in waiting:
        if argument == "--":
            rest += [argument, *waiting]
        elif argument in _GLOBAL_FLAGS or argument.partition("=")[0] in {
            name for name in _GLOBAL_OPTIONS if "=" in argument
        }:
            front.append(argument)
        elif argument in _GLOBAL_OPTIONS:
            front += [argument, *(value for value in [next(waiting, None)] if value)]
        else:
            rest.append(argument)
    return front + rest


def command_group(translation: Translation) -> click.Group:
    """Make the command line in the language that is spoken; see `using`."""
    folder = click.Path(path_type=Path)

    def session(ctx: click.Context, /, **options: Any) -> None:  # noqa: ANN401 -- the options below
        options.pop("lang")
        first, *others = options.pop("library") or (Path(),)
        called = ctx.invoked_subcommand or ""
        name, *_sub = GUIDE_NAMES.get(called, (called,))
        if others and name not in _OF_SEVERAL:
            raise click.UsageError(
                _("{command}: one --library at a time; several are for {names}").format(
                    command=called, names=", ".join(sorted(_OF_SEVERAL))
                )
            )
        if others and options["state"]:
            raise click.UsageError(_("--state is of one library: several were named"))
        ctx.obj = Session(
            translation=translation, library=first, others=tuple(others), **options
        )

    def show_version(
        ctx: click.Context, _option: click.Parameter, value: object
    ) -> None:
        if value:
            from importlib.metadata import version  # noqa: PLC0415 -- takes a while

            click.echo(f"orquestrador {version('orquestrador')}")
            ctx.exit()

    return _Commands(
        name="orquestrador",
        callback=click.pass_context(session),
        help=_(
            "Keeps a library of trading source code (MQL4, MQL5, Pine Script) in "
            "order: classifies, finds, reports and backs up. Nothing in the library "
            "is ever changed by these commands."
        ),
        epilog=_(
            "Exit status: 0 done, 1 failed, 2 wrong usage or settings, "
            "130 interrupted. The names of the guide (classificar_tudo, buscar …) "
            "are commands too."
        ),
        context_settings={"help_option_names": ["-h", "--help"]},
        params=[
            click.Option(
                ["--library"],
                type=folder,
                multiple=True,
                help=_(
                    "The library's folder; the current one if not given. A search "
                    "takes several."
                ),
            ),
            click.Option(
                ["--state"],
                type=folder,
                help=_("Where its state is kept; LIBRARY/.orquestrador if not given."),
            ),
            click.Option(["--config"], type=folder, help=_("A settings file.")),
            click.Option(
                ["--lang"],
                type=click.Choice(LANGUAGES),
                help=_("Language of the screen."),
            ),
            click.Option(
                ["--json", "as_json"], is_flag=True, help=_("Print one JSON document.")
            ),
            click.Option(
                ["-q", "--quiet"],
                is_flag=True,
                help=_("Only errors on standard error."),
            ),
            click.Option(
                ["-v", "--verbose"], is_flag=True, help=_("Say more on standard error.")
            ),
            click.Option(
                ["--version"],
                is_flag=True,
                is_eager=True,
                expose_value=False,
                callback=show_version,
                help=_("Print the version and end."),
            ),
        ],
    )


def _language(arguments: list[str]) -> str | None:
    # Before click: its own texts and ours are made in this language.
    for index, argument in enumerate(arguments):
        if argument == "--lang" and index + 1 < len(arguments):
            return arguments[index + 1]
        if argument.startswith("--lang="):
            return argument.removeprefix("--lang=")
    return None


def _never_fail_to_encode() -> None:
    """A console's code page may lack a character; the text still comes out."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
