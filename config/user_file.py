"""Files of the user's that settings name, such as profiles and rule packs."""

import tomllib
from pathlib import Path
from typing import Any

from orquestrador.errors import SettingsError


def place_of(name: str, library: Path, key: str) -> Path:
    """Return the file that a setting names, relative to the library.

    Raises:
        SettingsError: if its name cannot be one; names the setting `key`.

    """
    try:
        return library / Path(name).expanduser()
    except RuntimeError as error:  # The home of somebody who is not known here.
        raise SettingsError(f"{key}: {name}: {error}") from error


def read_user_file(file: Path, key: str) -> bytes:
    """Return what a file that the setting `key` names holds.

    Raises:
        SettingsError: if it cannot be read or is no file.

    """
    try:
        # A pipe or a device would be read for ever.
        usable = file.is_file() or not file.exists()
        data = file.read_bytes() if usable else b""
    except (OSError, ValueError) as error:
        # A name that no file system takes is a ValueError.
        reason = error.strerror if isinstance(error, OSError) else error
        raise SettingsError(f"{key}: {file}: cannot be read: {reason}") from error
    if not usable:
        raise SettingsError(f"{key}: {file}: is not a file")
    return data


def toml_of(data: bytes, place: str) -> dict[str, Any]:
    """Return what a TOML file says; `place` is its name, for errors.

    Raises:
        SettingsError: if it is not UTF-8 or no TOML.

    """
    try:
        return tomllib.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise SettingsError(f"{place}: is not UTF-8; save it so") from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise SettingsError(f"{place}: is not TOML: {error}") from error
