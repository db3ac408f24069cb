"""From bytes to a record: text, tokens, facts, then labels with their evidence."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from orquestrador.classification.assembly import classify

__all__ = ["classify"]


def __getattr__(name: str) -> object:
    """Load `classify` when it is first used: asking for the version costs nothing."""
    if name != "classify":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from orquestrador.classification.assembly import classify  # noqa: PLC0415 -- loaded when it is used

    return classify
