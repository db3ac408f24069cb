"""The library as it stands on disk: names, listing, reading without surprises."""

from orquestrador.library.listing import Entry, Selection, list_files
from orquestrador.library.names import (
    os_name,
    os_path,
    raw_name,
    raw_of_shown,
    shown_name,
    suffix_of,
)
from orquestrador.library.reading import Content, Unreadable, read_content

__all__ = [
    "Content",
    "Entry",
    "Selection",
    "Unreadable",
    "list_files",
    "os_name",
    "os_path",
    "raw_name",
    "raw_of_shown",
    "read_content",
    "shown_name",
    "suffix_of",
]
