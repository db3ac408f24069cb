"""Python inside the REPL, with the running system at hand as `orq`."""

import code
from typing import Any

import click

from orquestrador.interface.ending import Ended
from orquestrador.interface.repl.console import Console
from orquestrador.interface.translation import _


class PythonMode(code.InteractiveInterpreter):
    """An interpreter that keeps its names while the REPL lasts."""

    def __init__(self, names: dict[str, Any], console: Console) -> None:
        """Begin with these names in scope."""
        super().__init__({"__name__": "__orquestrador__", "__doc__": None, **names})
        self._console = console

    def write(self, data: str) -> None:
        """Write what went wrong to standard error."""
        click.echo(data, nl=False, err=True)

    def run_line(self, source: str) -> None:
        """Run one line that was typed behind `python`."""
        self._more([source])

    def interact(self) -> None:
        """Read Python until `exit()` or the end of the input."""
        click.echo(_("Python: `orq` is the system, `_results` what was found last."))
        click.echo(_("Ctrl-D or exit() goes back."))
        lines: list[str] = []
        while True:
            try:
                lines.append(self._console.read("... " if lines else ">>> "))
            except KeyboardInterrupt:
                lines.clear()
                continue
            except EOFError:
                return
            if not self._more(lines):
                if lines == ["exit()"]:
                    return
                lines.clear()

    def _more(self, lines: list[str]) -> bool:
        """Run what was typed; returns whether it is not complete yet."""
        if lines == ["exit()"]:
            return False
        try:
            return self.runsource("\n".join(lines), "<repl>")
        except Ended:
            raise
        except SystemExit:
            # It ends what was typed, not the REPL around it.
            return False
