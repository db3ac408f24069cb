# ruff: noqa: T201 -- a command prints
"""Which cases hold: `python -m tests.conformance [--group NAME] [--results FILE...]`.

Runs the tests that carry a case's id in their docstring (`OTP: child_adm, tree.`), and
only those, then prints one line a case: pass, partly, FAIL, MISSING or n/a; group; id;
topic; what is to be observed, or why it is not so. `partly`: the tests pass, but what
the case asks for is not all there yet. The last line counts.
pytest's own words go to standard error.

With `--results` it runs nothing: FILE is what a run of the whole test-suite has written
(`pytest --junitxml=FILE`); a later FILE is of tests that were run again.

Exit status: 0 every applicable case holds, as far as it is there; 1 one fails or has no
test, or a docstring names a case that there is not.
"""

import argparse
import contextlib
import re
import sys
import tomllib
import xml.etree.ElementTree as ET
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

CASES = Path(__file__).with_name("cases.toml")


@dataclass(frozen=True)
class Case:
    """One thing that must hold."""

    group: str
    id: str
    topic: str
    words: str
    """What is to be observed; for a case that does not apply, why."""

    applies: bool = True
    missing: str = ""
    """What is not there yet, and so not tested."""


@dataclass
class Group:
    """Cases whose ids stand behind the same mark."""

    name: str
    mark: str
    paths: tuple[str, ...]
    cases: dict[str, Case] = field(default_factory=dict[str, Case])

    def ids_in(self, docstring: str) -> Iterator[str]:
        """Yield the ids that a docstring carries, known or not."""
        for ids in re.findall(rf"\b{self.mark}: (\w+(?:,\s+\w+)*)", docstring):
            yield from re.split(r",\s+", ids)


@dataclass
class Outcome:
    """What became of the tests of one case."""

    passed: int = 0
    failed: list[str] = field(default_factory=list[str])
    skipped: list[str] = field(default_factory=list[str])

    def verdict(self, case: Case) -> tuple[str, str]:
        """Return the verdict's word and the rest of the line."""
        if not case.applies:
            return "n/a", case.words
        if self.failed:
            return "FAIL", ", ".join(dict.fromkeys(self.failed))
        if self.passed and case.missing:
            return "partly", f"{case.words}; not yet: {case.missing}"
        if self.passed:
            return "pass", case.words
        if self.skipped:
            return "FAIL", f"skipped: {', '.join(dict.fromkeys(self.skipped))}"
        return "MISSING", f"no test carries this id: {case.words}"


class Recorder:
    """A pytest plugin: keeps the tests that carry an id, and notes how they end."""

    def __init__(self, groups: Sequence[Group]) -> None:
        self.outcomes: dict[tuple[str, str], Outcome] = defaultdict(Outcome)
        self.unknown: list[str] = []
        self._groups = groups
        self._carried: dict[str, set[tuple[str, str]]] = {}

    def pytest_collection_modifyitems(
        self, config: pytest.Config, items: list[pytest.Item]
    ) -> None:
        """Leave out every test that carries no id."""
        for item in items:
            self._carried[item.nodeid] = set(self._ids_of(item))
        others = [item for item in items if not self._carried[item.nodeid]]
        config.hook.pytest_deselected(items=others)
        items[:] = [item for item in items if self._carried[item.nodeid]]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note a failure in any phase, and a success of the test itself."""
        if report.outcome != "passed" or report.when == "call":
            self._note(report.nodeid, report.outcome)

    def read(self, results: Iterable[Path]) -> None:
        """Note what runs of the collected tests have written, in JUnit's format.

        Of a test that was run again, the later file counts.
        """
        ended: dict[tuple[str, str], set[str]] = {}
        for file in results:
            ended |= _ended(file)
        for nodeid in self._carried:
            # One that was not run does not hold.
            for outcome in ended.get(_junit_name(nodeid), {"failed"}):
                self._note(nodeid, outcome)

    def _note(self, nodeid: str, how: str) -> None:
        for key in self._carried[nodeid]:
            outcome = self.outcomes[key]
            if how == "failed":
                outcome.failed.append(nodeid)
            elif how == "skipped":
                outcome.skipped.append(nodeid)
            else:
                outcome.passed += 1

    def _ids_of(self, item: pytest.Item) -> Iterator[tuple[str, str]]:
        docstring = getattr(getattr(item, "obj", None), "__doc__", None) or ""
        for group in self._groups:
            for case_id in group.ids_in(docstring):
                if case_id in group.cases:
                    yield group.name, case_id
                else:
                    self.unknown.append(f"{item.nodeid}: {group.mark}: {case_id}")


def _junit_name(nodeid: str) -> tuple[str, str]:
    """Return a test's class and name as pytest writes them in JUnit's format."""
    address, bracket, parameters = nodeid.partition("[")
    file, *names = address.split("::")
    *outer, name = names
    place = file.removesuffix(".py").replace("/", ".")
    return ".".join([place, *outer]), f"{name}{bracket}{parameters}"


def read_groups(path: Path) -> list[Group]:
    """Read the cases, in the file's order."""
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    return [_group(name, each) for name, each in data["groups"].items()]


def _group(name: str, data: dict[str, Any]) -> Group:
    group = Group(name, data["mark"], tuple(data["paths"]))
    partly: dict[str, str] = data.get("partly", {})
    for topic, cases in data["topics"].items():
        for case_id, words in cases.items():
            missing = partly.get(case_id, "")
            group.cases[case_id] = Case(name, case_id, topic, words, missing=missing)
    for case_id, why in data.get("not_applicable", {}).items():
        group.cases[case_id] = Case(name, case_id, "", why, applies=False)
    return group


def _ended(results: Path) -> dict[tuple[str, str], set[str]]:
    """Return how the tests of one file ended, by class and name."""
    ended: dict[tuple[str, str], set[str]] = defaultdict(set)
    # Our own file; it has no entities to be wary of.
    for case in ET.parse(results).getroot().iter("testcase"):  # noqa: S314
        tags = {each.tag for each in case}
        ended[case.get("classname", ""), case.get("name", "")].add(
            "failed"
            if tags & {"failure", "error"}
            else "skipped"
            if "skipped" in tags
            else "passed"
        )
    return ended


def run(
    groups: Sequence[Group], results: Sequence[Path] | None
) -> tuple[Recorder, int]:
    """Run the tests of these groups, unless there are results of theirs already.

    Returns:
        What was noted, and pytest's status.

    """
    recorder = Recorder(groups)
    paths = dict.fromkeys(path for group in groups for path in group.paths)
    how = "--tb=short" if results is None else "--collect-only"
    with contextlib.redirect_stdout(sys.stderr):
        status = pytest.main(["-q", how, *paths], plugins=[recorder])
    if results is not None:
        recorder.read(results)
    return recorder, int(status)


def print_group(group: Group, recorder: Recorder) -> str:
    """Print a line a case; returns the count in words."""
    verdicts: Counter[str] = Counter()
    for case in group.cases.values():
        word, words = recorder.outcomes[group.name, case.id].verdict(case)
        verdicts[word] += 1
        print(f"{word:8}{group.name:6}{case.id:52} {case.topic:20} {words}")
    count = f"{group.mark} {verdicts['pass']}/{len(group.cases) - verdicts['n/a']}"
    if verdicts["partly"]:
        count += f" + {verdicts['partly']} partly"
    if verdicts["n/a"]:
        count += f" + {verdicts['n/a']} not applicable"
    return count


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the tests and print the verdicts."""
    parser = argparse.ArgumentParser(prog="tests.conformance", description=__doc__)
    parser.add_argument("--cases", type=Path, default=CASES, help="the list of cases")
    parser.add_argument("--group", action="append", help="only this one; repeatable")
    parser.add_argument(
        "--results",
        type=Path,
        nargs="+",
        help="of a run of the test-suite, then of those that were run again",
    )
    options = parser.parse_args(arguments)
    groups = list(_chosen(read_groups(options.cases), options.group))
    recorder, status = run(groups, options.results)
    counts = [print_group(group, recorder) for group in groups]
    for each in recorder.unknown:
        print(f"no such case: {each}", file=sys.stderr)
    print(", ".join(counts))
    held = all(_holds(group, recorder) for group in groups)
    return 0 if held and not recorder.unknown and status == pytest.ExitCode.OK else 1


def _chosen(groups: Iterable[Group], names: Sequence[str] | None) -> Iterator[Group]:
    return (group for group in groups if names is None or group.name in names)


def _holds(group: Group, recorder: Recorder) -> bool:
    verdicts = (
        recorder.outcomes[group.name, case.id].verdict(case)[0]
        for case in group.cases.values()
    )
    return all(word in {"pass", "partly", "n/a"} for word in verdicts)


if __name__ == "__main__":
    sys.exit(main())
