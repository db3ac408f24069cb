"""Seconds: what counts as a number of them, and how long one wait may be."""

import math

SLICE_S = 0.25
"""Longest single wait: before Python 3.14 a lock wait on Windows ignores Ctrl-C."""


def is_seconds(value: object, *, above: float = -1) -> bool:
    """Return whether a value is a finite, non-negative number of seconds."""
    return (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and math.isfinite(value)
        and value >= 0
        and value > above
    )
