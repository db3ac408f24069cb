"""New names and folders for a library's files: planned, carried out, taken back."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from orquestrador.config import OrganizeSettings, load_settings
from orquestrador.errors import RunFailedError
from orquestrador.library import shown_name
from orquestrador.library_system.runs import Runs
from orquestrador.messages import Message
from orquestrador.messages.organizing import (
    ApplyPlan,
    OrganizeFinished,
    OrganizeProgressed,
    OrganizeResult,
    UndoMoves,
)

if TYPE_CHECKING:
    from orquestrador.organizing.plan import Plan


class Organizing(Runs):
    """Makes plans, and has them carried out; a run then updates the catalog."""

    def plan(
        self,
        *,
        duplicates: bool | Literal["exact", "same_code"] = False,
        fix_includes: bool = False,
        force_terminal: bool = False,
    ) -> "Plan":
        """Return names and folders for the files of the catalog; changes nothing.

        Args:
            duplicates: only put surplus copies aside: `exact` (or True) those of the
                same bytes, `same_code` also those of the same code.
            fix_includes: have `apply` mend directives that the moves break.
            force_terminal: plan for a MetaTrader data folder too.

        Raises:
            OrganizeError: if nothing is known yet, or an apply was cut short.

        """
        from orquestrador.organizing.making import make_plan  # noqa: PLC0415 -- loaded when it is used

        return make_plan(
            self.library,
            self.state,
            self._organizing,
            duplicates="exact" if duplicates is True else duplicates or None,
            fix_includes=fix_includes,
            force_terminal=force_terminal,
        )

    def apply(
        self,
        plan: "Plan | str | os.PathLike[str] | None",
        *,
        fix_includes: bool = False,
        force_terminal: bool = False,
        progress: Callable[[OrganizeProgressed], object] | None = None,
        timeout: float | None = None,
    ) -> OrganizeResult:
        """Take a snapshot, carry a plan out, and bring the catalog up to date.

        Args:
            plan: of `plan`, or a plan's file; None goes on with what was cut short.
            fix_includes: mend directives that the moves break.
            force_terminal: work on a MetaTrader data folder too.
            progress: called with how far it is, on a thread of its own.
            timeout: seconds.

        Returns:
            What was moved, and what stayed and why; `undo` takes it back.

        Raises:
            RunFailedError: if nothing was begun, or it was cut short.
            OperationTimeoutError: if it took longer than `timeout` seconds; it goes
                on.

        """
        path = self._plan_file(plan)
        return self._organize(
            lambda token: ApplyPlan(
                token=token,
                plan=path,
                fix_includes=fix_includes,
                force_terminal=force_terminal,
            ),
            progress,
            timeout,
        )

    def undo(
        self,
        journal: str | None = None,
        *,
        progress: Callable[[OrganizeProgressed], object] | None = None,
        timeout: float | None = None,
    ) -> OrganizeResult:
        """Bring back what an apply has moved, and bring the catalog up to date.

        Args:
            journal: the apply's id; None: what was cut short, or else the last.
            progress: called with how far it is, on a thread of its own.
            timeout: seconds.

        Raises:
            RunFailedError: if there is none, or it was cut short.
            OperationTimeoutError: if it took longer than `timeout` seconds; it goes
                on.

        """
        return self._organize(
            lambda token: UndoMoves(token=token, journal=journal), progress, timeout
        )

    @property
    def _organizing(self) -> OrganizeSettings:
        return load_settings(self.library).settings.organize

    def _plan_file(self, plan: "Plan | str | os.PathLike[str] | None") -> str | None:
        if plan is None:
            return None
        from orquestrador.organizing.plan import Plan  # noqa: PLC0415 -- loaded when it is used
        from orquestrador.organizing.plan_file import write_plan  # noqa: PLC0415 -- likewise

        path = self.state / "organize" / "plan.jsonl"
        if isinstance(plan, Plan):
            write_plan(plan, path)
        else:
            path = Path(plan).expanduser().absolute()
        return shown_name(os.fsencode(path))

    def _organize(
        self,
        request: Callable[[str], Message],
        progress: Callable[[OrganizeProgressed], object] | None,
        timeout: float | None,
    ) -> OrganizeResult:
        heard = (
            None if progress is None else self.subscribe(OrganizeProgressed, progress)
        )
        doer = ("organizer", "organizing")
        try:
            done = self._wait_for(OrganizeFinished, doer, request, timeout)
        finally:
            if heard is not None:
                heard.cancel()
        if done.result is None:
            raise RunFailedError(done.problem or "")
        if done.result.moved or done.result.edited:
            # Known contents under new names: nothing is classified again.
            self.classify(backup=False, report=False).result(timeout)
        return done.result
