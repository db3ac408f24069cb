"""Which of several places of a file is the one that people know it by."""

import re
from functools import lru_cache

from orquestrador.library import shown_name, suffix_of
from orquestrador.library.names import INSIDE
from orquestrador.sameness import cleaning

Plainness = tuple[bool, bool, bool, bool, int, int, bytes]

_SET_ASIDE = re.compile(
    r"(?:^|[\W_])(?:backup|bkp|bak|duplicad\w*|duplicat\w*|removed|old|antigos?|lixeira"
    r"|trash|unclassified|c[oó]pias?|copy)(?:[\W_]|$)|backup",
    re.IGNORECASE,
)


def plainness(raw: bytes) -> Plainness:
    """Return by what places are ordered, the plainest first.

    Outside archives; outside folders of backups and duplicates; with a name that says
    something, and that no file manager gave to a copy; in the outermost folder; with
    the shortest name; the first by name.
    """
    stem = stem_of(raw)
    return (
        INSIDE in raw,
        _is_set_aside(raw.rpartition(b"/")[0]),
        *_says_nothing_or_copy(stem),
        raw.count(b"/"),
        len(stem),
        raw,
    )


# Copies stand in the same folders, and under the same names.
@lru_cache(maxsize=4096)
def _is_set_aside(folder: bytes) -> bool:
    return _SET_ASIDE.search(shown_name(folder)) is not None


@lru_cache(maxsize=4096)
def _says_nothing_or_copy(stem: str) -> tuple[bool, bool]:
    means = cleaning.means_something(cleaning.clean(stem))
    return not means, cleaning.is_copy(stem)


def stem_of(raw: bytes) -> str:
    """Return a file's name without folder and suffix, as text.

    A name that is no UTF-8 comes from an old Windows: its bytes are of its code page.
    """
    name = raw.rpartition(b"/")[2]
    # A long or strange ending is part of the name: `suffix_of` says which is none.
    suffix = suffix_of(raw)
    stem = name[: len(name) - len(suffix)] if suffix.isascii() else name
    try:
        return stem.decode("utf-8")
    except UnicodeDecodeError:
        return stem.decode("cp1252", "replace")
