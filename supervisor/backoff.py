"""How long to wait before a child that failed is started again.

The delay is reckoned as Pekko's BackoffSupervisor does: it grows exponentially from
a minimum to a maximum, and a random part is added on top so that many children that
failed together do not come back together.
"""

import msgspec

from orquestrador.errors import ChildSpecError
from orquestrador.supervisor.seconds import is_seconds


class Backoff(msgspec.Struct, frozen=True, kw_only=True):
    """The delays between the failures of one child and its restarts.

    The n-th failure in a row (from 0) is followed by a delay of `minimum_s *
    factor**n` seconds, at most `maximum_s`, and up to `jitter` times as much more.
    A failed start is a failure too.

    Raises:
        ChildSpecError: `invalid_backoff`.

    """

    minimum_s: float
    maximum_s: float
    """At least `minimum_s`; the random part comes on top of it."""

    factor: float = 2.0
    """At least 1."""

    jitter: float = 0.2
    """From 0, no random part, to 1: up to twice the delay."""

    quiet_s: float | None = None
    """A child that has run this long begins again with `minimum_s`; left out:
    `maximum_s`."""

    def __post_init__(self) -> None:
        """Check every value."""
        quiet = self.quiet_s is None or is_seconds(self.quiet_s, above=0)
        if not (
            is_seconds(self.minimum_s, above=0)
            and is_seconds(self.maximum_s)
            and self.minimum_s <= self.maximum_s
            and is_seconds(self.factor)
            and self.factor >= 1
            and is_seconds(self.jitter)
            and self.jitter <= 1
            and quiet
        ):
            raise ChildSpecError("invalid_backoff", self)

    def delay_s(self, failures: int, chance: float) -> float:
        """Return the delay after one more failure.

        Args:
            failures: how many there have been in a row before this one.
            chance: 0 for no random part, up to 1 for all of it.

        """
        try:
            delay_s = min(self.maximum_s, self.minimum_s * self.factor**failures)
        except OverflowError:
            delay_s = self.maximum_s
        return delay_s * (1 + self.jitter * chance)

    def is_quiet(self, ran_s: float) -> bool:
        """Return whether a child that ran this long has come to rest."""
        return ran_s >= (self.maximum_s if self.quiet_s is None else self.quiet_s)
