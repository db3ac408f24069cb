"""The model of `test_stateful` finds what it is for: faults planted in real code."""

# The narrow places are inside.
# pyright: reportPrivateUsage=false

import sys
from collections.abc import Callable, Generator, Sequence
from typing import IO
from unittest import mock

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from orquestrador.messages import BackupProgress
from orquestrador.organizing.carrying import Carrier
from orquestrador.organizing.outcome import Progress
from orquestrador.organizing.records import Step
from orquestrador.snapshots import pack
from orquestrador.snapshots.pruning import Pruning
from orquestrador.snapshots.target import Target
from tests.faults.test_stateful import Trees

pytestmark = [
    pytest.mark.skipif(
        sys.platform == "win32", reason="folders cannot be synced there: another model"
    ),
    # Files of a program that was killed are closed by the collector.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

Plant = Callable[[pytest.MonkeyPatch], None]


def undo_leaves_what_was_added(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Target, "remove", mock.Mock())


def prune_forgets_a_content(patch: pytest.MonkeyPatch) -> None:
    wanted = Pruning._wanted

    def all_but_one(
        self: Pruning,
    ) -> Generator[BackupProgress, None, set[str]]:
        found = yield from wanted(self)
        return found - {min(found)}

    patch.setattr(Pruning, "_wanted", all_but_one)


def contents_are_not_synced(patch: pytest.MonkeyPatch) -> None:
    def flush(file: IO[bytes]) -> None:
        file.flush()

    patch.setattr(pack, "sync", flush)


def a_move_is_forgotten(patch: pytest.MonkeyPatch) -> None:
    carry = Carrier.carry

    def all_but_the_last(
        self: Carrier, steps: Sequence[Step]
    ) -> Generator[Progress, None, None]:
        yield from carry(self, steps[:-1])

    patch.setattr(Carrier, "carry", all_but_the_last)


@pytest.mark.parametrize(
    "plant",
    [
        undo_leaves_what_was_added,
        prune_forgets_a_content,
        contents_are_not_synced,
        a_move_is_forgotten,
    ],
)
def test_a_planted_fault_is_found(
    plant: Plant, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(monkeypatch)
    small = settings(
        # Most are found among the first ten.
        max_examples=200,
        stateful_step_count=12,
        deadline=None,
        derandomize=True,
        database=None,
        phases=(Phase.generate,),
        report_multiple_bugs=False,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )
    with pytest.raises(Exception):  # noqa: B017, PT011 -- however it shows
        run_state_machine_as_test(Trees, settings=small)
