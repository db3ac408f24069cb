"""The file in which Git packs references: read even where a line is damaged."""

import re
from collections.abc import Collection
from pathlib import Path

FILE_NAME = "packed-refs"

_LINE = re.compile(rb"([0-9a-f]{40}) (refs/[^ \x00-\x1f\x7f~^:?*\[\\]+)")
_OTHER = re.compile(rb"#.*|\^[0-9a-f]{40}")
"""The head, and what an annotated tag leads to."""

COMMIT = re.compile(rb"[0-9a-f]{40}")


class PackedReferences:
    """What stands in the file; nothing where there is none.

    Args:
        repository: the bare repository.

    """

    def __init__(self, repository: Path) -> None:
        try:
            data = (repository / FILE_NAME).read_bytes()
        except FileNotFoundError:
            data = b""
        self.names: dict[str, str] = {}
        """Full name to the object's."""

        self.damaged: list[bytes] = []
        """Lines that cannot be read."""

        self._lines: list[tuple[bytes, str | None]] = []
        for line in data.splitlines():
            found = _LINE.fullmatch(line)
            name = None if found is None else found[2].decode("utf-8", "replace")
            if found is not None and name is not None:
                self.names[name] = found[1].decode("ascii")
            elif not _OTHER.fullmatch(line):
                self.damaged.append(line)
                continue
            self._lines.append((line, name))

    def without(self, names: Collection[str]) -> str:
        """Return the file without some references, and without what is damaged."""
        kept: list[bytes] = []
        is_kept = True
        for line, name in self._lines:
            # What a tag leads to stands behind it, and goes with it.
            if not line.startswith(b"^"):
                is_kept = name not in names
            if is_kept:
                kept.append(line + b"\n")
        return b"".join(kept).decode("utf-8", "surrogateescape")
