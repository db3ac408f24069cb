"""Runs over a library, and the reports about it."""

import os
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import cast

from orquestrador.errors import RunFailedError
from orquestrador.library_system.queries import Queries
from orquestrador.messages.record import Level
from orquestrador.messages.report import (
    ReportFinished,
    ReportFormat,
    ReportKind,
    WriteReport,
)
from orquestrador.messages.run import ClassifyLibrary, RunOrder
from orquestrador.run_handle import RunHandle


class Runs(Queries):
    """Begins runs, and has reports written."""

    def classify(
        self,
        paths: Sequence[str | os.PathLike[str]] = (),
        *,
        level: Level | None = None,
        verify: bool = False,
        backup: bool | None = None,
        report: bool | None = None,
    ) -> RunHandle:
        """Begin to classify the library, or only `paths` in it; returns at once.

        Args:
            paths: files or folders, relative to the library or absolute.
            level: `quick` or `full`; None asks the settings.
            verify: read unchanged files too.
            backup: take a snapshot afterwards; None as the orchestrator was made.
            report: write reports afterwards; None asks the settings.

        Raises:
            LibraryError: if a path is not there or is outside the library.

        """
        self.check()
        defaults = self.defaults
        order = RunOrder(
            token=uuid.uuid4().hex,
            paths=tuple(self._inside(path) for path in paths),
            level=level or defaults.level,
            verify=verify,
            backup=defaults.backup if backup is None else backup,
            report=defaults.report if report is None else report,
        )
        handle = RunHandle(self, order)
        self.tell("classifier", ClassifyLibrary(order=order))
        return handle

    def report(
        self,
        *,
        kind: str = "executive",
        formats: Sequence[str] = (),
        spreadsheet: bool | None = None,
        timeout: float | None = None,
    ) -> tuple[Path, ...]:
        """Write reports now and wait for them; returns their paths.

        Args:
            kind: `executive`, `full` or `statistics`.
            formats: some of `html`, `json`, `csv`, `md` and `pdf`; none asks the
                settings.
            spreadsheet: whether CSV is written for a Brazilian spreadsheet; None asks
                the settings.
            timeout: seconds to wait; None as long as it takes.

        Raises:
            MessageValueError: for a kind or format that there is not.
            RunFailedError: if they could not be written.
            OperationTimeoutError: if it took longer than `timeout` seconds.

        """
        done = self._wait_for(
            ReportFinished,
            ("report", "report"),
            # The message itself refuses what there is not.
            lambda token: WriteReport(
                token=token,
                kind=cast("ReportKind", kind),
                formats=cast("tuple[ReportFormat, ...]", tuple(formats)),
                spreadsheet=spreadsheet,
            ),
            timeout,
        )
        if done.problem is not None:
            raise RunFailedError(done.problem)
        return tuple(Path(path) for path in done.paths)
