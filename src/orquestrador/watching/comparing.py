"""When the whole library is compared with the catalog, and what that answers."""


class Comparisons:
    """At most one comparison is under way, and at most one more is wanted.

    One that is wanted while another is under way comes after it: what is under way
    may have passed by already. Times are by one clock that only goes on.
    """

    def __init__(self) -> None:
        self._wanted: float | None = None
        self._not_before = 0.0
        self._token: str | None = None
        self._since = 0.0

    def want(self, since: float) -> None:
        """Want one, for what happened at `since`."""
        self._wanted = since if self._wanted is None else min(self._wanted, since)

    def may_begin(self, now: float) -> bool:
        """Whether one is wanted and nothing stands against it."""
        return (
            self._wanted is not None and self._token is None and now >= self._not_before
        )

    def begin(self, token: str) -> None:
        """Take note that the one that is wanted has been asked for."""
        self._token, self._since, self._wanted = token, self._wanted or 0.0, None

    def end(self, token: str, *, failed: bool) -> bool:
        """Take note of the end of a run; returns whether it was ours.

        After a failure it is wanted still.
        """
        if token != self._token:
            return False
        self._token = None
        if failed:
            self.want(self._since)
        return True

    def hold(self, until: float) -> None:
        """Let none begin before: a flood of reasons is no flood of comparisons."""
        self._not_before = until

    @property
    def outstanding(self) -> bool:
        """Whether one is under way, or wanted."""
        return self._token is not None or self._wanted is not None

    def oldest(self) -> float | None:
        """Return since when one is outstanding; None: none is."""
        times = [] if self._wanted is None else [self._wanted]
        if self._token is not None:
            times.append(self._since)
        return min(times, default=None)
