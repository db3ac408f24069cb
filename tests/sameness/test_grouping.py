"""Copies are grouped around the best of them, and the reason is given."""

from typing import Any

import pytest

from orquestrador.sameness.grouping import groups
from orquestrador.sameness.merits import MERITS, Content, Member


def member(path: str, node: int = 1, sha: str = "", **changes: Any) -> Member:
    content = Content(sha256=sha or path, node=node, **changes)
    return Member(path.encode(), 100, content)


def linked(*pairs: tuple[int, int, float]) -> dict[int, dict[int, float]]:
    links: dict[int, dict[int, float]] = {}
    for first, second, share in pairs:
        links.setdefault(first, {})[second] = share
        links.setdefault(second, {})[first] = share
    return links


def paths(found: Any) -> list[list[str]]:
    return [[copy.path for copy in group.copies] for group in found]


def test_each_sameness_counts_the_closer_ones_too() -> None:
    members = [
        member("a.mq4", 1, "one"),
        member("b.mq4", 1, "one"),
        member("c.mq4", 1, "two"),
        member("d.mq4", 2, "three"),
        member("e.mq4", 3, "four"),
    ]
    links = linked((1, 2, 0.9))

    exact = groups(members, "exact", links)
    assert paths(exact) == [["a.mq4", "b.mq4"]]
    assert paths(groups(members, "same_code", links)) == [["a.mq4", "b.mq4", "c.mq4"]]
    (near,) = groups(members, "near", links)
    assert [(copy.path, copy.sameness, copy.share) for copy in near.copies] == [
        ("a.mq4", "exact", 1.0),
        ("b.mq4", "exact", 1.0),
        ("c.mq4", "same_code", 1.0),
        ("d.mq4", "near", 0.9),
    ]
    assert (exact[0].sameness, near.sameness) == ("exact", "near")
    assert near.surplus_bytes == 300


def test_a_chain_of_versions_is_no_group() -> None:
    members = [
        member(f"v{number}.mq4", number, version=f"{number}.0")
        for number in range(1, 6)
    ]
    links = linked(*((number, number + 1, 0.9) for number in range(1, 5)))

    found = groups(members, "near", links)

    # The latest takes what is near itself; of the rest again the latest.
    assert paths(found) == [["v3.mq4", "v2.mq4"], ["v5.mq4", "v4.mq4"]]


def test_a_file_is_in_one_group_at_most() -> None:
    members = [member(f"{number}.mq4", number) for number in range(30)]
    links = linked(
        *((one, two, 0.9) for one in range(30) for two in range(one) if one % 7 != two)
    )

    named = [path for group in paths(groups(members, "near", links)) for path in group]

    assert len(named) == len(set(named))


def test_links_to_what_no_file_holds_are_nothing() -> None:
    assert groups([member("a.mq4", 1)], "near", linked((1, 2, 0.9))) == ()


Changes = dict[str, Any]
BETTER: dict[str, tuple[Changes, Changes, str | None, str | None]] = {
    "whole": ({}, {"truncated": True}, None, None),
    "source": ({}, {"decompiled": True}, None, None),
    "version": ({"version": "1.10"}, {"version": "1.9"}, "1.10", "1.9"),
    "code": ({"code_size": 90}, {"code_size": 80}, "90", "80"),
    "comments": ({"comment_lines": 9}, {"comment_lines": 8}, "9", "8"),
    "quality": ({"quality": 61}, {"quality": 60}, "61", "60"),
    "newest": (
        {"made_ns": 86_400 * 10**9},
        {"made_ns": 5},
        "1970-01-02T00:00:00+00:00",
        "1970-01-01T00:00:00+00:00",
    ),
}


@pytest.mark.parametrize("why", BETTER)
def test_the_best_is_better_by_one_merit(why: str) -> None:
    better, worse, value, other = BETTER[why]

    (group,) = groups(
        [member("a.mq4", sha="1", **worse), member("old/b.mq4", sha="2", **better)],
        "same_code",
        {},
    )

    assert (group.best, group.why) == ("old/b.mq4", why)
    assert (group.value, group.other) == (value, other)


def test_an_earlier_merit_wins_over_all_later_ones() -> None:
    later: Changes = {
        "version": "9.9",
        "code_size": 9,
        "comment_lines": 9,
        "quality": 99,
    }

    (group,) = groups(
        [
            member("a.mq4", sha="1"),
            member("b.mq4", sha="2", decompiled=True, **later),
            member("c.mq4", sha="3", truncated=True, **later),
        ],
        "same_code",
        {},
    )

    assert (group.best, group.why) == ("a.mq4", "source")


@pytest.mark.parametrize(
    ("best", "other"),
    [
        ("EAs/Grid.mq4", "Grid (1).mq4"),
        ("EAs/Grid.mq4", "backup/Grid.mq4"),
        ("EAs/Grid.mq4", "123456.mq4"),
        ("Grid.mq4", "EAs/Grid.mq4"),
        ("Grid.mq4", "Grid final.mq4"),
        ("Grid v2.mq4", "old/Grid v3.mq4"),
    ],
)
def test_of_the_same_bytes_the_one_in_the_plainest_place_is_best(
    best: str, other: str
) -> None:
    (group,) = groups([member(other, sha="1"), member(best, sha="1")], "exact", {})

    assert (group.best, group.why, group.value) == (best, "place", None)


def test_a_version_in_the_name_counts_where_the_source_says_less() -> None:
    (group,) = groups(
        [
            member("Grid v2.3.mq4", sha="1", version="1.00"),
            member("Grid v2.4.mq4", sha="2", version="1.00"),
        ],
        "same_code",
        {},
    )

    assert (group.best, group.why, group.value) == ("Grid v2.4.mq4", "version", "2.4")


def test_the_reason_is_about_other_bytes_where_there_are_any() -> None:
    (group,) = groups(
        [
            member("a.mq4", sha="1", version="2.0"),
            member("b/a.mq4", sha="1", version="2.0"),
            member("c.mq4", sha="2", version="1.0"),
        ],
        "same_code",
        {},
    )

    assert (group.best, group.why, group.other) == ("a.mq4", "version", "1.0")


def test_every_merit_is_a_part_of_the_rank() -> None:
    assert len(member("a.mq4").rank) == len(MERITS)
