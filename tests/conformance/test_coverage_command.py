"""The command that prints the coverage says what the tests said, and no more."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CASES = """
[groups.mine]
mark = "Mine"
paths = ["test_some.py"]

[groups.mine.not_applicable]
absent = "there is no counterpart"

[groups.mine.partly]
begun = "the other half"

[groups.mine.topics.first]
holds = "it holds"
broken = "it breaks"

[groups.mine.topics.second]
left_out = "it is skipped"
begun = "it is half there"
untested = "nobody looks"
"""
TESTS = '''
import pytest

@pytest.mark.parametrize("number", [1, 2])
def test_a(number):
    """Mine: holds,
    broken."""

def test_b():
    """A sentence. Mine: broken; stricter."""
    assert False

@pytest.mark.skip(reason="today")
def test_c():
    """Mine: left_out."""

def test_e():
    """Mine: begun."""

def test_d():
    raise AssertionError("it carries no id, and is not run")
'''


def run(
    folder: Path, tests: str, *options: str, cases: str = CASES
) -> "subprocess.CompletedProcess[str]":
    (folder / "cases.toml").write_text(cases, encoding="utf-8")
    (folder / "test_some.py").write_text(tests, encoding="utf-8")
    return subprocess.run(
        [
            *(sys.executable, "-m", "tests.conformance", "--cases", "cases.toml"),
            *options,
        ],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=False,
        text=True,
        timeout=60.0,
    )


def verdicts(printed: str) -> dict[str, str]:
    lines = printed.splitlines()[:-1]
    return {line.split()[2]: line.split()[0] for line in lines}


def test_each_case_gets_the_verdict_of_its_tests(tmp_path: Path) -> None:
    ended = run(tmp_path, TESTS)

    assert verdicts(ended.stdout) == {
        "holds": "pass",
        "broken": "FAIL",
        "left_out": "FAIL",
        "begun": "partly",
        "untested": "MISSING",
        "absent": "n/a",
    }
    assert "test_some.py::test_b" in ended.stdout
    assert "there is no counterpart" in ended.stdout
    assert "it is half there; not yet: the other half" in ended.stdout
    assert ended.stdout.splitlines()[-1] == "Mine 1/5 + 1 partly + 1 not applicable"
    assert ended.returncode == 1
    assert "1 deselected" in ended.stderr


def test_the_verdicts_of_a_run_s_results_are_those_of_the_run(tmp_path: Path) -> None:
    ended = run(tmp_path, TESTS)
    subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "--junitxml=results.xml"],
        cwd=tmp_path,
        capture_output=True,
        check=False,
        timeout=60.0,
    )
    (tmp_path / "test_some.py").write_text(
        TESTS.replace("assert False", "assert True"), encoding="utf-8"
    )

    read = run(tmp_path, TESTS, "--results", "results.xml")

    assert read.stdout == ended.stdout
    assert read.returncode == 1


def test_of_a_test_that_was_run_again_the_later_result_counts(tmp_path: Path) -> None:
    ended = run(tmp_path, TESTS)
    for name in ("first.xml", "again.xml"):
        subprocess.run(
            [sys.executable, "-m", "pytest", "-q", f"--junitxml={name}"],
            cwd=tmp_path,
            capture_output=True,
            check=False,
            timeout=60.0,
        )
        (tmp_path / "test_some.py").write_text(
            TESTS.replace("assert False", "assert True"), encoding="utf-8"
        )

    read = run(tmp_path, TESTS, "--results", "first.xml", "again.xml")

    assert verdicts(ended.stdout)["broken"] == "FAIL"
    assert verdicts(read.stdout)["broken"] == "pass"


def test_a_test_that_the_results_do_not_have_does_not_hold(tmp_path: Path) -> None:
    (tmp_path / "results.xml").write_text("<testsuites/>", encoding="utf-8")

    read = run(tmp_path, TESTS, "--results", "results.xml")

    assert verdicts(read.stdout)["holds"] == "FAIL"


def test_the_exit_status_is_zero_once_every_case_holds(tmp_path: Path) -> None:
    tests = (
        'def test_all():\n    """Mine: holds, broken, left_out, untested, begun."""\n'
    )

    ended = run(tmp_path, tests)

    assert ended.stdout.splitlines()[-1] == "Mine 4/5 + 1 partly + 1 not applicable"
    assert ended.returncode == 0


def test_a_docstring_that_names_no_case_is_an_error(tmp_path: Path) -> None:
    tests = (
        'def test_all():\n    """Mine: holds, broken, left_out, untested, holdz."""\n'
    )

    ended = run(tmp_path, tests)

    assert "no such case: test_some.py::test_all: Mine: holdz" in ended.stderr
    assert ended.returncode == 1


def test_tests_that_cannot_be_loaded_are_no_success(tmp_path: Path) -> None:
    ended = run(tmp_path, "import no_such_module\n")

    assert ended.returncode == 1
