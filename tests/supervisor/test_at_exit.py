"""The end of the program: one limit for everything that has to stop."""

from types import SimpleNamespace

import pytest

from orquestrador.supervisor import at_exit


class Hanging:
    """A system whose trees take seven seconds to stop, whatever they are given."""

    def __init__(self, clock: list[float], given: list[float]) -> None:
        self._clock = clock
        self._given = given

    def stop_trees(self, timeout: float) -> bool:
        self._given.append(timeout)
        self._clock[0] += min(timeout, 7.0)
        return timeout >= 7.0


def test_all_systems_together_have_one_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, given = [100.0], list[float]()
    systems = [Hanging(clock, given) for _ in range(3)]
    monkeypatch.setattr(at_exit, "_systems", systems)
    monkeypatch.setattr(at_exit, "time", SimpleNamespace(monotonic=lambda: clock[0]))

    at_exit._stop_all_trees()  # pyright: ignore[reportPrivateUsage] -- what the interpreter calls

    assert given == [at_exit.EXIT_LIMIT_S, at_exit.EXIT_LIMIT_S - 7.0, 0.0]
    assert clock[0] == 100.0 + at_exit.EXIT_LIMIT_S
