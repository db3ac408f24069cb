"""Codes are compared with those in their bands, and what is kept is bounded."""

import random
import sqlite3
import struct
from collections.abc import Iterator

import pytest

from orquestrador.messages.sameness import Sketch
from orquestrador.sameness import code_index


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    for statement in code_index.TABLES:
        connection.execute(statement)
    yield connection
    connection.close()


def sketch(name: int, hashes: list[int]) -> Sketch:
    kept = sorted(hashes)
    return Sketch(
        code=name.to_bytes(16, "big"),
        size=9,
        shingles=struct.pack(f"<{len(kept)}I", *kept),
        complete=True,
    )


def chain(length: int, step: int) -> list[list[int]]:
    """Return lists of 200 hashes, each with `step` others than the one before."""
    dice = random.Random(5)
    hashes = [dice.getrandbits(32) for _ in range(200 + step * length)]
    return [hashes[step * at : step * at + 200] for at in range(length)]


def near(connection: sqlite3.Connection) -> set[tuple[int, int]]:
    return set(connection.execute("SELECT first, second FROM near"))


def families(connection: sqlite3.Connection, least: float) -> dict[int, int]:
    code_index.find_families(connection, least)
    return dict(connection.execute("SELECT code, family FROM temp.families"))


def test_a_code_that_is_known_keeps_its_number(connection: sqlite3.Connection) -> None:
    first, second = chain(2, 10)

    numbers = [
        code_index.note(connection, sketch(name, hashes))
        for name, hashes in ((7, first), (8, second), (7, first))
    ]

    assert numbers == [1, 2, 1]
    assert near(connection) == {(1, 2)}


def test_what_hangs_together_is_a_family_named_by_its_smallest_code(
    connection: sqlite3.Connection,
) -> None:
    variants = chain(30, 10)
    others = [[each ^ 0x5555_5555 for each in hashes] for hashes in variants]
    alone = [[each ^ 0x3333_3333 for each in variants[0]]]
    for name, hashes in enumerate([*alone, *variants[::-1], *others]):
        code_index.note(connection, sketch(name, hashes))

    # The first of a chain and its last have nothing in common.
    assert (2, 31) not in near(connection)
    assert families(connection, 0.85) == {
        code: 2 if code < 32 else 32 for code in range(2, 62)
    }
    links = code_index.NearLinks(connection, 0.85)
    assert set(links) == set(range(2, 62))
    assert len(links) == 60
    assert links[33][32] == links[32][33] == pytest.approx(190 / 210)
    assert links[1] == {}
    # Asked for more than any share, nothing hangs together.
    assert families(connection, 0.95) == {}


def test_a_full_band_takes_no_more_and_newcomers_are_near_its_first(
    connection: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(code_index, "MOST_IN_BAND", 3)
    common = chain(1, 0)[0]

    for name in range(10):
        code_index.note(connection, sketch(name, [*common[:-1], name]))

    held = connection.execute("SELECT count(*) FROM bands GROUP BY band").fetchall()
    assert max(held) == (3,)
    assert {(first, 10) for first in (1, 2, 3)} <= near(connection)
    assert set(families(connection, 0.85).values()) == {1}


def test_a_code_is_compared_with_those_of_most_bands_in_common(
    connection: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(code_index, "MOST_COMPARED", 1)
    # The last has less and less in common with those before, the further they are.
    for name, hashes in enumerate([*chain(3, 12), chain(3, 12)[2][:-1]]):
        code_index.note(connection, sketch(name, hashes))

    assert [first for first, second in near(connection) if second == 4] == [3]
