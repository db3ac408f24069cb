"""What counts as a number of seconds."""

import math


def is_seconds(value: object, *, above: float = -1) -> bool:
    """Return whether a value is a finite, non-negative number of seconds."""
    return (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and math.isfinite(value)
        and value >= 0
        and value > above
    )
