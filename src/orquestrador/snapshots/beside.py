"""What is kept in a snapshot beside the library's files: the user's own words."""

from pathlib import Path

USER_FILES = ("corrections.toml", "user-data.jsonl")
"""Files of the state folder that nobody but the user can write again."""


def user_files(state: Path) -> dict[str, bytes]:
    """Return the bytes of those of them that are there, by name.

    Raises:
        OSError: if one is there and cannot be read.

    """
    found: dict[str, bytes] = {}
    for name in USER_FILES:
        path = state / name
        if path.exists():
            found[name] = path.read_bytes()
    return found
