"""From bytes to a record: text, tokens, facts, then labels with their evidence."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from orquestrador.classification.assembly import classify, classify_and_sketch

__all__ = ["classify", "classify_and_sketch"]


def __getattr__(name: str) -> object:
    """Load what classifies when it is used: asking for the version costs nothing."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from orquestrador.classification import assembly  # noqa: PLC0415 -- loaded when it is used

    return getattr(assembly, name)
