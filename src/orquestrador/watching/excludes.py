"""Which paths are followed: what is no part of the library makes no work."""

from collections.abc import Iterable
from pathlib import Path

from orquestrador.library import Selection, os_name, raw_name


class Excludes:
    """Tells what the watcher looks at, by name alone."""

    def __init__(
        self, library: Path, state: Path, selection: Selection, patterns: Iterable[str]
    ) -> None:
        """Leave out what runs leave out, and what the user does not want followed.

        Args:
            library: its folder, absolute.
            state: the state folder, wherever it is.
            selection: what runs look at.
            patterns: as in a `.gitignore`, relative to the library.

        """
        from pathspec import GitIgnoreSpec  # noqa: PLC0415 -- only where changes are followed

        self._selection = selection
        self._spec = GitIgnoreSpec.from_lines(patterns)
        self._state = (
            raw_name(str(state.relative_to(library)))
            if state.is_relative_to(library)
            else None
        )
        self._excluded = {raw_name(name) for name in selection.excluded_folders} | {
            b".orquestrador"
        }

    def follows_folder(self, raw: bytes) -> bool:
        """Whether changes in a folder are followed; the folders above it are."""
        return (
            raw != self._state
            and raw.rpartition(b"/")[2] not in self._excluded
            and not self._spec.match_file(os_name(raw) + "/")
        )

    def follows_file(self, raw: bytes) -> bool:
        """Whether changes of a file are followed, its folder being so."""
        return self._selection.wants(raw) and not self._spec.match_file(os_name(raw))

    def follows(self, raw: bytes, *, is_folder: bool | None) -> bool:
        """Whether a change anywhere in the library is followed.

        Args:
            raw: the path's raw name.
            is_folder: None where the system does not tell, as for one that is gone.

        """
        cut = raw.find(b"/")
        while cut > 0:
            if not self.follows_folder(raw[:cut]):
                return False
            cut = raw.find(b"/", cut + 1)
        if is_folder is False:
            return self.follows_file(raw)
        return self.follows_folder(raw)
