"""What the guide's base path means: its library and its settings."""

import os
from pathlib import Path

from orquestrador.config import OrchestratorSettings, load_settings

LIBRARY_FOLDER = "CODIGO_FONTE_LIBRARY"
"""The user's sources stand in this folder below the base path."""


def library_of(base_path: Path) -> Path:
    """Return the library's folder; the base path itself where it has none inside."""
    inside = base_path / LIBRARY_FOLDER
    return inside if inside.is_dir() else base_path


def settings_of(base_path: Path) -> OrchestratorSettings:
    """Return the settings that hold for it.

    Raises:
        SettingsError: if they cannot be used.

    """
    return load_settings(
        library_of(base_path), base_path=base_path, environment=os.environ
    ).settings
