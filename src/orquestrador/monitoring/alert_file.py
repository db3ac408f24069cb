"""The alerts on disk: a restart goes on where the last one stopped."""

import os
from collections.abc import Iterable
from pathlib import Path

import msgspec

from orquestrador.messages.monitor import AlertState

FILE_NAME = "alerts.json"
_MOST_BYTES = 1_000_000

_states = msgspec.json.Decoder(tuple[AlertState, ...])


def load_alerts(path: Path) -> tuple[AlertState, ...]:
    """Return the alerts that were kept; none if there are none.

    Raises:
        OSError: if the file cannot be read.
        ValueError: if it is damaged.

    """
    try:
        with path.open("rb") as file:
            data = file.read(_MOST_BYTES)
    except FileNotFoundError:
        return ()
    return _states.decode(data)


def save_alerts(path: Path, alerts: Iterable[AlertState]) -> None:
    """Keep the alerts that are more than ok or silent; all, or those of before.

    Raises:
        OSError: if they could not be written.

    """
    kept = tuple(each for each in alerts if each.standing != "ok" or each.silent_until)
    draft = path.with_suffix(".draft")
    with draft.open("wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(kept), indent=2))
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
