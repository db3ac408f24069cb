"""Replies that an actor owes: promised for later, at the latest for its end."""

from orquestrador.supervisor.reply import Reply, answer, fail


class LaterReply:
    """The reply to one message, given after its handler has returned."""

    __slots__ = ("_owed", "_reply_to")

    def __init__(self, reply_to: Reply | None, owed: dict[Reply, None]) -> None:
        """Answer `reply_to`, and take it out of `owed`; None: nobody waits."""
        self._reply_to = reply_to
        self._owed = owed

    def set(self, value: object = None) -> None:
        """Reply; only the first answer counts."""
        if self._reply_to is not None:
            self._owed.pop(self._reply_to, None)
            answer(self._reply_to, value)

    def fail(self, error: BaseException) -> None:
        """Reply with an error; only the first answer counts."""
        if self._reply_to is not None:
            self._owed.pop(self._reply_to, None)
            fail(self._reply_to, error)


class Owed:
    """The replies that an incarnation has promised for later."""

    __slots__ = ("_later", "_stops")

    def __init__(self) -> None:
        # A dictionary keeps the order: the oldest debt is settled first.
        self._later: dict[Reply, None] = {}
        self._stops: list[Reply] = []

    def __contains__(self, reply: Reply) -> bool:
        return reply in self._later or reply in self._stops

    def is_open(self) -> bool:
        """Return whether a reply is promised that was not given."""
        return bool(self._later)

    def add(self, reply: Reply | None) -> LaterReply:
        """Promise a reply."""
        if reply is not None:
            self._later[reply] = None
        return LaterReply(reply, self._later)

    def add_stop(self, reply: Reply) -> None:
        """Promise to say when the incarnation has stopped."""
        self._stops.append(reply)

    def discard(self, reply: Reply | None) -> None:
        """Forget a promise: the reply was an error."""
        if reply is not None:
            self._later.pop(reply, None)

    def set_stopped(self) -> None:
        """Keep the promises about the stop."""
        while self._stops:
            answer(self._stops.pop(0), None)

    def fail(self, error: BaseException) -> None:
        """Break all other promises."""
        for reply in tuple(self._later):
            self._later.pop(reply, None)
            fail(reply, error)
