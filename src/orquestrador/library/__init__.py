"""The library as it stands on disk: names, listing, reading without surprises."""

from orquestrador.library.listing import Entry, Selection, folder_size, list_files
from orquestrador.library.names import (
    os_name,
    os_path,
    raw_name,
    raw_of_record,
    raw_of_shown,
    shown_name,
    suffix_of,
)
from orquestrador.library.reading import Content, Unreadable, read_content
from orquestrador.library.root import LibraryRoot, root_identity

__all__ = [
    "Content",
    "Entry",
    "LibraryRoot",
    "Selection",
    "Unreadable",
    "folder_size",
    "list_files",
    "os_name",
    "os_path",
    "raw_name",
    "raw_of_record",
    "raw_of_shown",
    "read_content",
    "root_identity",
    "shown_name",
    "suffix_of",
]
