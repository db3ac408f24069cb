"""What every command needs: the library, its settings, the screen."""

import os
import sys
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from orquestrador.errors import (
    CatalogError,
    CorrectionsError,
    LibraryError,
    NotGreetedError,
)
from orquestrador.interface.error_words import error_text
from orquestrador.interface.translation import Translation, _

if TYPE_CHECKING:
    from orquestrador.catalog import Catalog
    from orquestrador.config import Loaded
    from orquestrador.corrections import Corrections
    from orquestrador.orchestrator import Orchestrator
    from orquestrador.running import RunningLibrary
    from orquestrador.state import Owner


class Session:
    """One call of the command line."""

    def __init__(  # noqa: PLR0913 -- the options of the command line
        self,
        *,
        translation: Translation,
        library: Path,
        state: Path | None,
        config: Path | None,
        as_json: bool,
        quiet: bool,
        verbose: bool,
        others: tuple[Path, ...] = (),
    ) -> None:
        """Keep the global options; `others` are libraries beside the first."""
        self.translation = translation
        self.library = library.expanduser().absolute()
        self.as_json = as_json
        self.quiet = quiet
        self.verbose = verbose
        self._state = state
        self._config = config
        self._others = others
        self.overrides: dict[str, Any] = {}

    @cached_property
    def each_library(self) -> "tuple[Session, ...]":
        """This session, and one more for each other library that was named."""
        others = [
            Session(
                translation=self.translation,
                library=library,
                state=None,
                config=self._config,
                as_json=self.as_json,
                quiet=self.quiet,
                verbose=self.verbose,
            )
            for library in self._others
        ]
        return (self, *others)

    @cached_property
    def loaded(self) -> "Loaded":
        """The settings, with where each comes from; warnings are said once."""
        from orquestrador.config import load_settings  # noqa: PLC0415 -- not for --help

        loaded = load_settings(
            self.library,
            base_path=self.library,
            config=self._config,
            environment=os.environ,
            overrides=self.overrides,
        )
        for warning in loaded.warnings:
            self.say(warning)
        return loaded

    @cached_property
    def state(self) -> Path:
        """The state folder."""
        from orquestrador.state import state_path  # noqa: PLC0415 -- not for --help

        found = state_path(self.library, self._state)
        self._tell_unfinished(found)
        return found

    def _tell_unfinished(self, state: Path) -> None:
        """Say so when moves were cut short, and nobody is going on with them."""
        if not (state / "journal" / "unfinished").exists():
            return
        from orquestrador.organizing import history  # noqa: PLC0415 -- seldom needed
        from orquestrador.state import is_held  # noqa: PLC0415 -- not for --help

        journal = history.unfinished(state)
        if journal is not None and not is_held(state):
            self.say(
                _(
                    "Moves of {journal} were cut short: `{apply}` goes on, `{undo}` "
                    "takes them back."
                ).format(
                    journal=journal,
                    apply=self.command("organize apply"),
                    undo=self.command("organize undo"),
                )
            )

    def corrections(self) -> "Corrections":
        """Return the user's corrections; says so where they cannot be read."""
        if not (self.state / "corrections.toml").exists():
            return {}
        from orquestrador.corrections import read_corrections  # noqa: PLC0415 -- seldom needed

        try:
            return read_corrections(self.state)
        except CorrectionsError as error:
            self.say(error_text(error))
            return {}

    @property
    def snapshots(self) -> Path:
        """The snapshot repository."""
        return self.state / "snapshots"

    def catalog(self) -> "Catalog":
        """Open the catalog for reading.

        Raises:
            CatalogError: if there is none yet.

        """
        from orquestrador.catalog import Catalog  # noqa: PLC0415 -- not for --help

        self.require_library()
        path = self.state / "catalog.sqlite3"
        if not path.exists():
            raise CatalogError(
                _("nothing is known about {library} yet; run `{command}` first").format(
                    library=self.library, command=self.command("classify")
                )
            )
        return Catalog(path, read_only=True)

    def holder(self) -> "Owner | None":
        """Return the process that holds the state folder now, if one says who it is."""
        from orquestrador.state import is_held, read_owner  # noqa: PLC0415 -- not for --help

        owner = read_owner(self.state)
        # It may have been killed, and its last word have stayed.
        return owner if owner is not None and is_held(self.state) else None

    def running(self) -> "RunningLibrary | None":
        """Connect to the system that runs on the state folder, if one does."""
        from orquestrador.state import read_owner  # noqa: PLC0415 -- not for --help

        owner = read_owner(self.state)
        if owner is None or owner.control is None:
            return None
        from orquestrador.running import find  # noqa: PLC0415 -- loads the actor runtime

        try:
            return find(self.library, self.state)
        except NotGreetedError as error:
            raise NotGreetedError(
                _(
                    "a system runs here (process {pid}), but it does not answer; it is "
                    "very busy, suspended or stuck: try again, or end the process"
                ).format(pid=owner.pid)
            ) from error

    def system(
        self, overrides: Mapping[str, Any] | None = None
    ) -> "Orchestrator | RunningLibrary":
        """Return the running system, or else one of our own, not yet started."""
        self.require_library()
        return self.running() or self.orchestrator(overrides)

    def orchestrator(
        self,
        overrides: Mapping[str, Any] | None = None,
        *,
        control: bool = False,
        watch: bool = False,
        web: bool = False,
    ) -> "Orchestrator":
        """Make the orchestrator of the library, not yet started.

        Args:
            overrides: settings that options of the command have changed.
            control: take requests of other commands.
            watch: follow changes in the library.
            web: serve the page, as far as the settings want it.

        """
        from orquestrador.orchestrator import Orchestrator  # noqa: PLC0415 -- heavy

        self.require_library()
        self.overrides.update(overrides or {})
        self.corrections()
        return Orchestrator(
            self.library,
            state=self._state,
            settings=self.loaded.settings,
            words=self.translation,
            watch=watch,
            web=web,
            control=control,
        )

    def require_library(self) -> None:
        """Raise `LibraryError` unless the library is a folder."""
        if not self.library.is_dir():
            raise LibraryError(
                _("{library} is no folder; name the library with --library DIR").format(
                    library=self.library
                )
            )

    def place(self, path: Path) -> Path:
        """Return where a path leads that a person typed.

        It is meant as the shell shows it, from the current folder; where nothing is
        there, as the catalog shows it, from the library.
        """
        here = path.expanduser()
        if os.path.lexists(here) or here.is_absolute():
            return here
        from orquestrador.library import os_path, raw_of_shown  # noqa: PLC0415 -- not for --help

        there = os_path(self.library, raw_of_shown(path.as_posix()))
        return there if os.path.lexists(there) else here

    def options(self) -> list[str]:
        """Return what names this library, its state and its settings anywhere."""
        given = {
            "--library": self.library,
            "--state": self._state and self._state.expanduser().absolute(),
            "--config": self._config and self._config.expanduser().absolute(),
        }
        return [
            word
            for name, value in given.items()
            if value
            for word in (name, str(value))
        ]

    def command(self, words: str) -> str:
        """Return a command for this library, as the user would type it here."""
        options: list[str] = []
        if self.library != Path.cwd():
            options += ["--library", str(self.library)]
        if self._state is not None:
            options += ["--state", str(self._state)]
        quoted = [f'"{each}"' if " " in each else each for each in options]
        return " ".join(["orquestrador", *quoted, words])

    def print(self, text: str = "") -> None:
        """Write a line of the command's answer to standard output."""
        click.echo(text)

    def print_bytes(self, line: bytes) -> None:
        """Write a line of UTF-8 to standard output, whatever its code page."""
        click.echo(line)

    def print_json(self, document: object) -> None:
        """Write one JSON document, UTF-8, to standard output."""
        import msgspec  # noqa: PLC0415 -- not for --help

        self.print_bytes(msgspec.json.format(msgspec.json.encode(document), indent=2))

    def say(self, text: str) -> None:
        """Write a line for people to standard error."""
        if not self.quiet:
            click.echo(text, err=True)

    def number(self, value: float, decimals: int = 0) -> str:
        """Return a number as the language writes it."""
        return self.translation.number(value, decimals)

    def megabytes(self, size: int) -> str:
        """Return a size in megabytes, as the language writes it."""
        return f"{self.number(size / 1e6, 1)} MB"

    @property
    def is_terminal(self) -> bool:
        """Whether standard error is a terminal, where progress may be shown."""
        return sys.stderr.isatty() and not self.quiet
