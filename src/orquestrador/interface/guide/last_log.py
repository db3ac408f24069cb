"""The newest line of a system's log, without reading the rest."""

import json
import os
from pathlib import Path
from typing import Any, cast

from orquestrador.monitoring.log_file import log_files

_MOST_BYTES = 8192


def last_line(folder: Path) -> dict[str, Any] | None:
    """Return the newest whole line of the log in a folder; None if there is none.

    Returns:
        `time` (UTC, ISO 8601), `level`, `actor`, `logger`, `message`.

    """
    for _, path in reversed(log_files(folder)):
        for line in reversed(_tail(path).splitlines()):
            try:
                found = json.loads(line)
            except ValueError:
                # It begins before the tail, or was cut off.
                continue
            if isinstance(found, dict):
                return cast("dict[str, Any]", found)
    return None


def _tail(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(0, file.tell() - _MOST_BYTES))
            return file.read()
    except TimeoutError:
        # The caller's signal handler has raised it while this was read.
        raise
    except OSError:
        # It was the oldest, and is gone.
        return b""
