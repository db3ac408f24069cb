"""The journal is read as far as it is whole, and never guessed at."""

import random
from pathlib import Path

import pytest

from orquestrador.errors import JournalDamagedError
from orquestrador.organizing import history
from orquestrador.organizing.disk import Disk
from orquestrador.organizing.journal import MAGIC, Journal, encoded, read
from orquestrador.organizing.records import Done, Finished, Ready, Step
from tests.organizing.libraries import Library

STEPS = [
    Step(
        number=number,
        move=number,
        source=b"a\xc1ORQ/\xff%d" % number,
        target=b"b/%d" % number,
        sha256="0" * 64,
        size=number,
        mtime_ns=-number,
        device=1,
        inode=2**64 - 1,
    )
    for number in range(5)
]
RECORDS = [*STEPS, Ready(), Done(steps=(0, 1, 2)), Finished()]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    with Journal(tmp_path / "x.journal", Disk()) as journal:
        journal.sync(*RECORDS)
    return tmp_path / "x.journal"


def test_what_is_written_is_read_back(path: Path) -> None:
    records, end = read(path)

    assert records == RECORDS
    assert end == path.stat().st_size


def test_a_record_that_was_torn_off_is_cut_and_written_over(path: Path) -> None:
    whole = path.read_bytes()
    last = len(whole) - len(encoded(Finished()))
    for length in range(last, len(whole)):
        path.write_bytes(whole[:length])
        with Journal(path, Disk()) as journal:
            assert journal.records == RECORDS[:-1]
            journal.sync(Finished())
        assert path.read_bytes() == whole


@pytest.mark.parametrize("tail", [b"\0" * 4096, b"\xc1ORQ\xff\xff\xff\xff", b"junk"])
def test_what_a_power_cut_leaves_behind_the_end_does_not_matter(
    path: Path, tail: bytes
) -> None:
    path.write_bytes(path.read_bytes() + tail)

    assert read(path)[0] == RECORDS


def test_a_bit_that_flips_before_whole_records_is_found(path: Path) -> None:
    whole = path.read_bytes()
    last = len(whole) - len(encoded(Finished()))
    dice = random.Random(5)
    for _ in range(200):
        place, bit = dice.randrange(last), dice.randrange(8)
        damaged = bytearray(whole)
        damaged[place] ^= 1 << bit
        path.write_bytes(damaged)
        with pytest.raises(JournalDamagedError):
            read(path)


def test_a_file_that_was_being_made_holds_nothing(path: Path) -> None:
    for length in range(len(MAGIC)):
        path.write_bytes(MAGIC[:length])
        assert read(path) == ([], 0)


def test_another_file_is_no_journal(path: Path) -> None:
    path.write_bytes(b"something else")

    with pytest.raises(JournalDamagedError, match="no journal"):
        read(path)


def test_a_damaged_journal_is_listed_and_moves_nothing(library: Library) -> None:
    library.fill({"a": "a", "b": "b"})
    name = library.apply(library.plan({"a": "x/a", "b": "x/b"})).journal
    assert name is not None
    path = history.journal_path(library.state, name)
    data = bytearray(path.read_bytes())
    data[100] ^= 1
    path.write_bytes(data)
    moved = library.tree()

    with pytest.raises(JournalDamagedError, match="backup restore"):
        library.undo()

    assert [each.state for each in history.applies(library.state)] == ["damaged"]
    assert library.tree() == moved
