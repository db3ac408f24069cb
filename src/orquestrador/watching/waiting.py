"""Whoever waits to hear that everything saved so far is stored."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from orquestrador.watching.cookies import Cookies


class Answer(Protocol):
    """A promise to somebody."""

    def set(self, value: object = None) -> None:
        """Keep it."""
        ...

    def fail(self, error: BaseException) -> None:
        """Break it."""
        ...


@dataclass(kw_only=True, slots=True)
class _Waiter:
    answer: Answer
    until: float | None
    cookie: str | None = None
    proofs: int = 0
    heard_at: float | None = None


class Waiting:
    """Waits by cookies: once one was seen, everything before it was heard of.

    Not for several threads at once.
    """

    def __init__(self) -> None:
        self._waiters: list[_Waiter] = []

    def __len__(self) -> int:
        return len(self._waiters)

    def add(
        self, answer: Answer, until: float | None, cookies: Cookies | None, proofs: int
    ) -> None:
        """Begin to wait.

        Args:
            answer: what is given when all is stored.
            until: when nobody waits any more, by `time.monotonic`; None: never.
            cookies: where to write; None: `renew` will say.
            proofs: cookies that have to be seen, one after the other.

        """
        waiter = _Waiter(answer=answer, until=until)
        self._waiters.append(waiter)
        if cookies is not None:
            self._begin(waiter, cookies, proofs)

    def renew(self, cookies: Cookies, proofs: int) -> None:
        """Begin anew for everybody: another observer watches."""
        for waiter in tuple(self._waiters):
            waiter.heard_at = None
            self._begin(waiter, cookies, proofs)

    def see(self, name: str, at: float, cookies: Cookies) -> None:
        """Take note that a cookie was seen; everything heard before is older."""
        cookies.remove(name)
        for waiter in tuple(self._waiters):
            if waiter.cookie != name:
                continue
            waiter.proofs -= 1
            if waiter.proofs:
                self._write(waiter, cookies)
            else:
                waiter.cookie, waiter.heard_at = None, at

    def answer(self, oldest: float | None, value: Callable[[], object]) -> None:
        """Answer those for whom nothing is outstanding.

        Args:
            oldest: since when the oldest of what is not stored waits; None: nothing.
            value: makes the answer.

        """
        for waiter in tuple(self._waiters):
            heard_at = waiter.heard_at
            if heard_at is not None and (oldest is None or oldest > heard_at):
                self._waiters.remove(waiter)
                waiter.answer.set(value())

    def forget_late(self, now: float) -> None:
        """Forget those who no longer wait."""
        self._waiters = [
            waiter
            for waiter in self._waiters
            if waiter.until is None or waiter.until > now
        ]

    def _begin(self, waiter: _Waiter, cookies: Cookies, proofs: int) -> None:
        waiter.proofs = proofs
        self._write(waiter, cookies)

    def _write(self, waiter: _Waiter, cookies: Cookies) -> None:
        try:
            waiter.cookie = cookies.write()
        except OSError as error:
            self._waiters.remove(waiter)
            waiter.answer.fail(error)
