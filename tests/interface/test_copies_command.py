"""`search --duplicates`: copies of each kind, the best of each group and why."""

import json
import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from orquestrador import Orchestrator

Run = Callable[..., subprocess.CompletedProcess[str]]

EXPECTED = Path(__file__).parents[2] / "examples" / "library.expected.toml"
COPIES = tomllib.loads(EXPECTED.read_text("utf-8"))["copies"]
KINDS = ("exact", "same_code", "near")


def expected(loosest: str) -> list[list[str]]:
    closer = KINDS[: KINDS.index(loosest) + 1]
    return sorted(
        sorted(each["paths"]) for each in COPIES if each["sameness"] in closer
    )


@pytest.mark.parametrize("sameness", KINDS)
def test_the_examples_copies_are_found_and_no_others(
    run: Run, classified: Path, sameness: str
) -> None:
    word = sameness.replace("_", "-")

    ended = run("--library", classified, "search", "--duplicates", word, "--limit", "0")

    lines = [line.split("\t") for line in ended.stdout.splitlines()]
    groups: dict[str, list[str]] = {}
    for path, _kind, _language, _primary, _dangers, alike, other in lines:
        groups.setdefault(path if alike == "best" else other, []).append(path)
    assert sorted(map(sorted, groups.values())) == expected(sameness)
    # The best stands in front of its copies, with the reason.
    assert [paths[0] for paths in groups.values()] == list(groups)


def test_each_line_says_what_it_is_of_the_best(run: Run, classified: Path) -> None:
    ended = run("--library", classified, "search", "grid ouro", "--duplicates", "near")

    best, other = (line.split("\t") for line in ended.stdout.splitlines())
    assert best[0] == "Experts/Grid Ouro v2.4.mq4"
    assert best[5:] == ["best", "version 2.40; the next best 2.30"]
    assert other[0] == other[6].replace("2.4", "2.3")
    assert other[5].startswith("near, 9")
    portuguese = run(
        *("--lang", "pt_BR", "--library", classified),
        *("search", "grid ouro", "--duplicates", "near"),
    )
    assert "versão 2.40; a seguinte 2.30" in portuguese.stdout


def test_without_a_word_the_same_bytes_are_asked_for(
    run: Run, classified: Path
) -> None:
    ended = run("--library", classified, "--json", "search", "--duplicates")

    paths = [record["path"] for record in json.loads(ended.stdout)]
    assert [sorted(paths)] == expected("exact")


def test_a_kind_that_there_is_not_is_wrong_usage(run: Run, classified: Path) -> None:
    ended = run("--library", classified, "search", "--duplicates", "similar")

    assert ended.returncode == 2
    assert "same-code" in ended.stderr


def test_the_groups_are_python_s_too_and_the_share_is_a_setting(library: Path) -> None:
    settings = library / "orquestrador.json"
    settings.write_text(
        '{"sameness": {"near_share": 0.99}, "classification": {"engine": "inline"}}',
        "utf-8",
    )
    with Orchestrator(library=library, monitor=False, backup=False) as orq:
        orq.classify().result(timeout=100)
        groups = orq.copies()
        assert [record.path for record in orq.search(duplicates=True)] == [
            copy.path for copy in orq.copies("exact")[0].copies
        ]

    found = sorted(sorted(copy.path for copy in group.copies) for group in groups)
    assert found == expected("same_code")
