"""Which children are restarted with the one that failed."""

import enum
from collections.abc import Sequence
from typing import TypeVar, assert_never

C = TypeVar("C")


class Strategy(enum.Enum):
    """Which children are restarted with the one that failed."""

    ONE_FOR_ONE = "one_for_one"
    """It alone."""

    ONE_FOR_ALL = "one_for_all"
    """All of them."""

    REST_FOR_ONE = "rest_for_one"
    """It and those that were started after it."""

    DYNAMIC = "simple_one_for_one"
    """It alone; all children are made from one template, at run time."""

    def concerns_others(self) -> bool:
        """Return whether the restart of one child stops others."""
        return self is Strategy.ONE_FOR_ALL or self is Strategy.REST_FOR_ONE

    def group(self, failed: C, everyone: Sequence[C]) -> tuple[C, ...]:
        """Return the children to restart, in the order of their start."""
        match self:
            case Strategy.ONE_FOR_ONE | Strategy.DYNAMIC:
                return (failed,)
            case Strategy.ONE_FOR_ALL:
                return tuple(everyone)
            case Strategy.REST_FOR_ONE:
                return tuple(everyone[everyone.index(failed) :])
            case _:
                assert_never(self)
