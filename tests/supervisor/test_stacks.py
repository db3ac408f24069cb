"""A look at another thread's stack cannot bring the program to a standstill."""

import gc
import sys
import threading
from collections.abc import Iterator

import pytest

from orquestrador.supervisor.stacks import stack_of


@pytest.fixture
def waiting() -> Iterator[threading.Thread]:
    leave = threading.Event()
    thread = threading.Thread(target=leave.wait)
    thread.start()
    yield thread
    leave.set()
    thread.join()


def test_the_stack_says_where_a_thread_stands(waiting: threading.Thread) -> None:
    assert "in wait" in stack_of(waiting.ident)


def test_there_is_no_stack_without_a_running_thread() -> None:
    thread = threading.Thread(target=int)
    assert stack_of(None) == stack_of(thread.ident) == ""
    thread.start()
    thread.join()
    assert stack_of(thread.ident) == ""


@pytest.mark.parametrize("collects", [True, False])
def test_no_garbage_is_collected_while_the_frames_are_taken(
    waiting: threading.Thread, monkeypatch: pytest.MonkeyPatch, *, collects: bool
) -> None:
    frames = sys._current_frames  # pyright: ignore[reportPrivateUsage]
    during: list[bool] = []

    def looked() -> object:
        during.append(gc.isenabled())
        return frames()

    monkeypatch.setattr(sys, "_current_frames", looked)
    (gc.enable if collects else gc.disable)()
    try:
        assert stack_of(waiting.ident)
        assert during == [False]
        assert gc.isenabled() is collects
    finally:
        gc.enable()
