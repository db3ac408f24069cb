"""Records as Parquet, for engines of queries and for other catalogs.

The extra `orquestrador[parquet]`: nothing of pyarrow is imported before it is used.
"""

from orquestrador.tables.arrow import arrow_explained, require_arrow
from orquestrador.tables.parquet import (
    common_metadata,
    read_columns,
    read_rows,
    write_rows,
)

__all__ = [
    "arrow_explained",
    "common_metadata",
    "read_columns",
    "read_rows",
    "require_arrow",
    "write_rows",
]
