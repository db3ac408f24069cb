"""Libraries to organize."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.organizing.libraries import Library


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path)


@pytest.fixture
def make_library(tmp_path: Path) -> Callable[[], Library]:
    """Return a maker of libraries, each in a folder of its own."""
    made = 0

    def make() -> Library:
        nonlocal made
        made += 1
        base = tmp_path / f"base-{made}"
        base.mkdir()
        return Library(base)

    return make
