"""The user's corrections of labels."""

import datetime as dt
import os
from collections.abc import Sequence
from pathlib import Path

from orquestrador.corrections import facet_of, unknown_code
from orquestrador.errors import LibraryError, MessageValueError, RunFailedError
from orquestrador.library import Unreadable, read_content
from orquestrador.library_system.runs import Runs
from orquestrador.messages.correcting import (
    Correction,
    CorrectLabels,
    LabelsCorrected,
)
from orquestrador.messages.record import Kind, Language
from orquestrador.reports.labels import STRATEGIES


class Correcting(Runs):
    """Has what the user says of contents kept, and the catalog show it."""

    def label(  # noqa: PLR0913 -- what can be said of a content
        self,
        path: str | os.PathLike[str],
        *,
        primary: str | None = None,
        add: Sequence[str] = (),
        remove: Sequence[str] = (),
        kind: Kind | None = None,
        language: Language | None = None,
        note: str | None = None,
        timeout: float | None = None,
    ) -> Correction:
        """Correct the labels of a file's content, and bring the catalog up to date.

        A correction holds for the content wherever it stands and wins over the rules,
        until `unlabel`. What was said of the content before stays, as far as it is
        not contradicted.

        Args:
            path: the file, relative to the library or absolute.
            primary: the strategy that comes first.
            add: codes of strategies, risk, hygiene and timeframes, and symbols.
            remove: codes of what it has not.
            kind: the type of program.
            language: the language.
            note: why, in your words.
            timeout: seconds.

        Returns:
            All that is said of the content now.

        Raises:
            LibraryError: if the file is not there, or cannot be read.
            MessageValueError: for a code that there is not.
            RunFailedError: if it cannot be kept: nothing was changed.
            OperationTimeoutError: if it took longer than `timeout` seconds.

        """
        _check(primary, add, remove)
        correction = Correction(
            path=self._inside(path),
            date=dt.datetime.now().astimezone().date().isoformat(),
            language=language,
            kind=kind,
            primary=primary,
            add=tuple(dict.fromkeys(add)),
            remove=tuple(dict.fromkeys(remove)),
            # A lone surrogate is no text that can be kept.
            note=note and note.encode("utf-8", "replace").decode(),
        )
        stands = self._correct(path, correction, timeout)
        if stands is None:
            raise RunFailedError(f"the correction of {path} was not kept")
        return stands

    def unlabel(
        self, path: str | os.PathLike[str], *, timeout: float | None = None
    ) -> None:
        """Take the correction of a file's content away: the rules speak again.

        Raises: as `label`.
        """
        self._correct(path, None, timeout)

    def _correct(
        self,
        path: str | os.PathLike[str],
        correction: Correction | None,
        timeout: float | None,
    ) -> Correction | None:
        self._inside(path)
        sha256 = content_hash(self.library / Path(path).expanduser())
        done = self._wait_for(
            LabelsCorrected,
            ("catalog", "label"),
            lambda token: CorrectLabels(
                token=token, sha256=sha256, correction=correction
            ),
            timeout,
        )
        if done.problem is not None:
            raise RunFailedError(done.problem)
        # Of all the library: copies under other names have the same labels.
        self.classify(backup=False, report=False).result(timeout)
        return done.correction


def content_hash(path: Path) -> str:
    """Return the sha256 of a file's content.

    Raises:
        LibraryError: if it cannot be read.

    """
    content = read_content(path, path.stat().st_size if path.exists() else 0)
    if isinstance(content, Unreadable):
        raise LibraryError(f"{path} cannot be read: {content.problem}")
    return content.sha256


def _check(primary: str | None, add: Sequence[str], remove: Sequence[str]) -> None:
    if primary is not None and primary not in STRATEGIES:
        raise MessageValueError(unknown_code(primary, STRATEGIES))
    for code in (*add, *remove):
        if facet_of(code) is None:
            raise MessageValueError(unknown_code(code))
    if both := sorted({*add, primary} & set(remove), key=str):
        raise MessageValueError(f"{', '.join(map(str, both))}: added and removed")
