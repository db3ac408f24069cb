"""What pyarrow may say, in this program's words."""

import contextlib
from collections.abc import Generator
from importlib import import_module

from orquestrador.errors import DatasetError


def require_arrow() -> None:
    """Load pyarrow.

    Raises:
        DatasetError: if it is not installed.

    """
    try:
        import_module("pyarrow")
    except ImportError as error:
        raise DatasetError(
            "Parquet and folders named by a URI need pyarrow: "
            "pip install 'orquestrador[parquet]'"
        ) from error


@contextlib.contextmanager
def arrow_explained(place: str) -> Generator[None]:
    """Name the file or folder of whatever goes wrong in pyarrow.

    Raises:
        DatasetError: in place of pyarrow's own errors and the system's.

    """
    require_arrow()
    import pyarrow as pa  # noqa: PLC0415 -- an extra

    try:
        yield
    except (pa.ArrowException, OSError, MemoryError, UnicodeError) as error:
        # A damaged file may claim anything, also more bytes than there is memory.
        said = next(iter(str(error).splitlines()), "")
        raise DatasetError(
            f"{place} cannot be read or written: {said or type(error).__name__}"
        ) from error
