"""The catalog: what is known about every file of a library, in SQLite."""

from orquestrador.catalog.catalog import Catalog
from orquestrador.catalog.comparison import Comparison, Look
from orquestrador.catalog.export import export_records, import_records
from orquestrador.catalog.reading import About, KnownFile

__all__ = [
    "About",
    "Catalog",
    "Comparison",
    "KnownFile",
    "Look",
    "export_records",
    "import_records",
]
