"""The columns of records in Parquet: a record's own fields, nested as they are."""

from typing import TYPE_CHECKING, Any

from msgspec import inspect

from orquestrador.messages.record import Record
from orquestrador.messages.sameness import Sketch

if TYPE_CHECKING:
    import pyarrow as pa

SCHEMA_VERSION = "1"
"""Of the columns. Another one when a column goes or means something else."""

SKETCH = "sketch"
"""A column beside the record's: by which a catalog finds copies of the code."""


def schema(metadata: dict[str, str]) -> "pa.Schema":
    """Return the columns, with what is said of all rows."""
    import pyarrow as pa  # noqa: PLC0415 -- an extra

    fields = [*_fields(Record), pa.field(SKETCH, pa.struct(_fields(Sketch)))]
    said = {"schema_version": SCHEMA_VERSION} | metadata
    return pa.schema(fields, {f"orquestrador.{key}": said[key] for key in sorted(said)})


def _fields(message: type) -> "list[pa.Field]":
    import pyarrow as pa  # noqa: PLC0415 -- an extra

    found: Any = inspect.type_info(message)
    return [pa.field(each.name, _type(each.type)) for each in found.fields]


def _type(info: inspect.Type) -> "pa.DataType":  # noqa: PLR0911 -- a kind of type each
    import pyarrow as pa  # noqa: PLC0415 -- an extra

    match info:
        case inspect.StrType() | inspect.LiteralType():
            return pa.string()
        case inspect.BytesType():
            return pa.binary()
        case inspect.IntType():
            return pa.int64()
        case inspect.FloatType():
            return pa.float64()
        case inspect.BoolType():
            return pa.bool_()
        case inspect.VarTupleType(item_type=item):
            return pa.list_(_type(item))
        case inspect.StructType(cls=message):
            return pa.struct(_fields(message))
        case inspect.UnionType(types=types):
            (some,) = (each for each in types if not isinstance(each, inspect.NoneType))
            return _type(some)
        case _:
            raise TypeError(f"{info} has no column")
