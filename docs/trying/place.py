"""Where a page's blocks run: a home folder of the page's own."""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Generator
from functools import cache
from pathlib import Path
from unittest import mock

from docs.trying.command_line import run
from orquestrador.interface.commands import open as open_command

ROOT = Path(__file__).parents[2]

_SETTINGS = {"ORQUESTRADOR_ENGINE": "inline", "LANG": "C.UTF-8"}


class Place:
    """A home with `EAs`, a classified library that has a snapshot, and `examples`.

    Commands run in `EAs`, those that name `examples/` in the home, as scripts do.
    """

    def __init__(self, home: Path) -> None:
        self.home = home
        self.library = home / "EAs"
        self._libraries()

    def folder_of(self, command: list[str]) -> Path:
        """Return where a command runs."""
        named = any(word.startswith("examples/") for word in command)
        return self.home if named else self.library

    def _libraries(self) -> None:
        ignored = shutil.ignore_patterns(".orquestrador", "__pycache__")
        shutil.copytree(ROOT / "examples", self.home / "examples", ignore=ignored)
        shutil.copytree(_classified().name, self.library)


@contextlib.contextmanager
def opened() -> Generator[Place]:
    """Make a place and be in it; no browser is started from it."""
    with contextlib.ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory())).resolve()
        variables = {**_SETTINGS, "HOME": str(home), "USERPROFILE": str(home)}
        stack.enter_context(mock.patch.dict(os.environ, variables))
        stack.enter_context(mock.patch.object(open_command, "_open"))
        stack.callback(os.chdir, Path.cwd())
        place = Place(home)
        os.chdir(home)
        yield place


@cache
def _classified() -> "tempfile.TemporaryDirectory[str]":
    """Classify the examples once for all pages."""
    folder = tempfile.TemporaryDirectory()
    shutil.copytree(
        ROOT / "examples" / "library",
        folder.name,
        ignore=shutil.ignore_patterns(".orquestrador"),
        dirs_exist_ok=True,
    )
    status, screen = run(["--library", folder.name, "classify", "--yes"])
    assert status == 0, screen
    return folder
