"""A path is looked at once it has come to rest; the test owns the time."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from orquestrador.watching import Change, Changes, Settling

SETTLE_S, LONGEST_S = 0.1, 2.0


def settling() -> Settling:
    return Settling(SETTLE_S, LONGEST_S)


def change(at: float) -> Change:
    return Change(at, at, 1000 + at)


def taken(found: Settling, now: float, count: int = 100) -> list[bytes]:
    return [settled.raw for settled in found.take(now, count)]


def test_a_path_is_at_rest_when_nothing_happened_for_a_while() -> None:
    found = settling()
    found.add(b"a.mq4", change(0.0))

    assert taken(found, 0.09) == []
    assert found.next_due() == SETTLE_S
    assert taken(found, 0.1) == [b"a.mq4"]
    assert taken(found, 9.9) == []
    assert found.next_due() is None


def test_each_save_lets_its_own_path_wait_and_no_other() -> None:
    found = settling()
    found.add(b"a.mq4", change(0.0))
    found.add(b"b.mq4", change(0.0))
    found.add(b"a.mq4", change(0.08))

    assert taken(found, 0.12) == [b"b.mq4"]
    assert taken(found, 0.18) == [b"a.mq4"]


def test_a_temporary_file_that_takes_the_name_is_one_look() -> None:
    """An editor writes the old name, deletes it, and renames another file to it."""
    found = settling()
    for at in (0.0, 0.01, 0.02):
        found.add(b"a.mq4", change(at))

    (settled,) = found.take(1.0, 100)

    assert (settled.raw, settled.first, settled.saved_at) == (b"a.mq4", 0.0, 1000.02)


def test_a_file_that_is_written_for_ever_is_looked_at_now_and_then() -> None:
    found = settling()
    looks: list[float] = []
    for tick in range(1000):
        now = tick * 0.05
        found.add(b"log.txt", change(now))
        looks += [now for _ in found.take(now, 100)]

    assert 20 <= len(looks) <= 25
    gaps = [after - before for before, after in itertools.pairwise(looks)]
    assert all(1.9 < gap < 2.2 for gap in gaps)


def test_no_more_are_taken_than_asked_for_and_the_first_seen_come_first() -> None:
    found = settling()
    for number in range(5):
        found.add(b"%d.mq4" % number, change(number / 1000))

    assert taken(found, 1.0, 3) == [b"0.mq4", b"1.mq4", b"2.mq4"]
    assert taken(found, 1.0, 3) == [b"3.mq4", b"4.mq4"]


def test_everything_is_taken_once() -> None:
    found = settling()
    gathered = Changes()
    gathered.add(b"a.mq4", change(3.0))
    gathered.add_everything(2.0)
    found.merge(gathered)

    assert found.oldest() == 2.0
    assert found.take_everything() == 2.0
    assert found.take_everything() is None
    assert found.oldest() == 3.0


paths = st.lists(st.sampled_from([b"a", b"b"]), min_size=1, max_size=3).map(b"/".join)


@given(
    events=st.lists(
        st.tuples(paths, st.floats(min_value=0, max_value=0.3)), max_size=60
    ),
    most=st.integers(min_value=1, max_value=8),
)
def test_whatever_changes_is_looked_at_after_its_last_change(
    events: list[tuple[bytes, float]], most: int
) -> None:
    """For any order of events: the path, one above it or everything, and not before."""
    found = Settling(SETTLE_S, LONGEST_S, most)
    now = 0.0
    unseen: dict[bytes, float] = {}
    for raw, pause in events:
        now += pause
        unseen[raw] = now
        found.add(raw, change(now))
        for settled in found.take(now, 2):
            _look(unseen, settled.raw)
        if found.take_everything() is not None:
            unseen.clear()
    while (due := found.next_due()) is not None:
        for settled in found.take(due, 2):
            _look(unseen, settled.raw)

    assert not unseen


def _look(unseen: dict[bytes, float], raw: bytes) -> None:
    for seen in [each for each in unseen if (each + b"/").startswith(raw + b"/")]:
        del unseen[seen]
