"""Every step of what writes is a kill, a power cut and an error of the system.

`tests/faults/filesystem` has the layer that does it and what it models. Here a part of
the power cuts is drawn by a fixed seed; all of them, and more outcomes of each:

    python -m tests.faults.filesystem.campaign
"""

import sys
from pathlib import Path

import pytest

from tests.faults.filesystem.trials import TRIALS, Dose, Ground, World
from tests.faults.filesystem.worlds import WORLDS

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="folders cannot be synced there: another model"
)

DOSE = Dose(most=16, cuts=2)


# Files of a program that was killed are closed by the collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("how", TRIALS)
@pytest.mark.parametrize("world", WORLDS.values(), ids=WORLDS)
def test_the_old_state_or_the_new_is_left(
    world: type[World], how: str, tmp_path: Path
) -> None:
    folder = tmp_path / "world"
    folder.mkdir()
    ground = Ground(world(folder))
    assert len(ground.operations) >= 4, ground.operations
    TRIALS[how](ground, DOSE)
