"""Files that another program has open: on Windows that has to be waited for."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

IN_USE = (32, 33)
"""Windows' numbers: in use, locked."""

IN_USE_OR_GOING = (5, *IN_USE)
"""Also access denied: so it says of a file that is just being deleted."""

_LONGEST_S = 2.0
_PAUSE_S = 0.02


def patiently(act: Callable[[], T], violations: tuple[int, ...] = IN_USE_OR_GOING) -> T:
    """Do something with a file; on Windows wait for a program that holds it.

    Args:
        act: done again and again, until it succeeds or 2 s are over.
        violations: the system's numbers for which that is worth while.

    Raises:
        OSError: what `act` raises, for another reason or still after that time.

    """
    until = time.monotonic() + _LONGEST_S
    while True:
        try:
            return act()
        except OSError as error:
            shared = getattr(error, "winerror", None) in violations
            if not shared or time.monotonic() >= until:
                raise
            time.sleep(_PAUSE_S)
