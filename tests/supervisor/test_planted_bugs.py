"""Tests of the tests: each fault that is planted makes a named case fail.

They all run in one process, with pytest started anew for each: see `planted_faults`.
"""

import ast
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Planted:
    """One fault, and who finds it."""

    fault: str
    """Its name in `planted_faults`."""

    case: str
    """The id of the conformance case that it must fail."""

    module: str
    test: str
    chosen: str = ""
    """Which of the parameters, as pytest writes them; left out: the only one."""

    @property
    def node(self) -> str:
        """Return how pytest names the test."""
        return f"{HERE / self.module}::{self.test}{self.chosen}"


PLANTED = [
    Planted(
        "rest_for_one_forgets_the_rest",
        "rest_for_one",
        "test_strategies.py",
        "test_rest_for_one_restarts_the_child_and_the_later_ones",
    ),
    Planted(
        "one_for_all_takes_only_the_rest",
        "tree",
        "test_escalation.py",
        "test_an_escalation_through_a_tree_restarts_everything_above",
    ),
    Planted(
        "the_window_does_not_slide",
        "multiple_restarts",
        "test_strategies.py",
        "test_restarts_that_are_long_ago_do_not_count",
    ),
    Planted(
        "a_restart_is_counted_after_it_was_tried",
        "one_for_one_escalation",
        "test_escalation.py",
        "test_a_child_that_cannot_be_restarted_ends_the_supervisor",
        "[Strategy.ONE_FOR_ONE-child1-child1]",
    ),
    Planted(
        "a_temporary_sibling_comes_back",
        "temporary_bystander",
        "test_restart_types.py",
        "test_a_temporary_sibling_is_stopped_and_forgotten",
        "[Strategy.ONE_FOR_ALL]",
    ),
    Planted(
        "a_good_end_is_a_failure",
        "transient_normal",
        "test_restart_types.py",
        "test_a_transient_child_that_ended_normally_keeps_only_its_spec",
    ),
    Planted(
        "children_stop_in_the_order_of_their_start",
        "order_of_children",
        "test_strategies.py",
        "test_children_start_in_order_and_stop_in_reverse",
    ),
    Planted(
        "the_end_of_a_terminated_child_is_significant",
        "significant_transient",
        "test_significant.py",
        "test_the_first_end_of_a_significant_child_ends_the_supervisor",
        "[Restart.TRANSIENT]",
    ),
    Planted(
        "an_actor_that_ended_for_good_takes_messages",
        "child_adm",
        "test_managing.py",
        "test_a_static_child_is_managed_by_its_id",
    ),
    Planted(
        "a_terminated_child_comes_back_after_its_delay",
        "backoff_interrupted",
        "test_backoff.py",
        "test_a_child_that_is_terminated_while_it_waits_does_not_come_back",
    ),
    Planted(
        "a_group_does_not_wait_for_its_longest_delay",
        "backoff_groups",
        "test_backoff.py",
        "test_a_group_is_restarted_once_after_the_longest_delay",
        "[b-Strategy.ONE_FOR_ALL-group0]",
    ),
    Planted(
        "a_refused_change_is_half_made",
        "code_change",
        "test_reconfigure.py",
        "test_a_change_that_is_refused_changes_nothing",
        "[invalid_child_type-flags3-children3]",
    ),
    Planted(
        "a_killed_incarnation_can_still_speak",
        "hang_fenced_send",
        "test_fencing.py",
        "test_a_fenced_incarnation_can_send_nothing",
        "[tell]",
    ),
]


@dataclass(frozen=True)
class Outcome:
    """What came of one test."""

    ended: int
    """Pytest's exit status."""

    failed: list[str]
    """Which of its parts failed: setup, call, teardown."""


@pytest.fixture(scope="module")
def outcomes() -> dict[str, Outcome]:
    """Each fault's test with the fault and, under its own name, without it."""
    lines = [(each.fault, each.node) for each in PLANTED]
    lines += [("", each.node) for each in PLANTED]
    ended = subprocess.run(
        [sys.executable, str(HERE / "planted_faults.py")],
        capture_output=True,
        check=True,
        cwd=HERE.parent.parent,
        encoding="utf-8",
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
        input="\n".join(" ".join(line) for line in lines),
        timeout=280.0,
    )
    answers = [Outcome(**json.loads(line)) for line in ended.stdout.splitlines()]
    names = [fault or node for fault, node in lines]
    return dict(zip(names, answers, strict=True))


# The first of them runs all.
pytestmark = pytest.mark.timeout(300)

EVERY_FAULT = pytest.mark.parametrize(
    "planted", PLANTED, ids=lambda planted: planted.fault
)


@EVERY_FAULT
def test_a_planted_fault_fails_a_named_case(
    planted: Planted, outcomes: dict[str, Outcome]
) -> None:
    outcome = outcomes[planted.fault]

    assert outcome.ended == pytest.ExitCode.TESTS_FAILED
    # The test itself, whatever the fault does to the cleaning up after it.
    assert "call" in outcome.failed
    assert "setup" not in outcome.failed


@EVERY_FAULT
def test_the_same_case_holds_when_nothing_is_planted(
    planted: Planted, outcomes: dict[str, Outcome]
) -> None:
    assert outcomes[planted.node] == Outcome(ended=pytest.ExitCode.OK, failed=[])


@EVERY_FAULT
def test_a_test_that_finds_a_fault_carries_the_cases_id(planted: Planted) -> None:
    tree = ast.parse((HERE / planted.module).read_text(encoding="utf-8"))
    (found,) = (
        each
        for each in ast.walk(tree)
        if isinstance(each, ast.FunctionDef) and each.name == planted.test
    )
    said = (ast.get_docstring(found) or "").replace(".", " ").replace(",", " ")

    assert planted.case in said.split()
