"""What happened to a path, and what changed since a moment."""

import datetime as dt
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from orquestrador.catalog import Catalog, pruning
from orquestrador.messages import Batch, ClassifiedContent, FileState, Record
from orquestrador.messages.catalog import SearchQuery
from orquestrador.messages.history import Change
from orquestrador.messages.run import RunOrder

START_NS = 1_700_000_100_000_000_000
MINUTE_NS = 60 * 10**9
DAY_NS = 86_400 * 10**9

QUERIES = {
    "contents": "SELECT count(*) FROM contents",
    "records": "SELECT count(*) FROM records",
}

MakeRecord = Callable[..., Record]
MakeState = Callable[..., FileState]


class Story:
    """Stores looks at files, each a minute after the one before."""

    def __init__(self, catalog: Catalog, record: MakeRecord, state: MakeState) -> None:
        self.catalog = catalog
        self.now_ns = START_NS
        self._record = record
        self._state = state

    def look(self, *removed: bytes, says: Any = None, **held: str) -> None:
        """See files hold contents, by their names without `.mq4`, and others gone."""
        self.now_ns += MINUTE_NS
        states = tuple(
            self._state(
                f"{name}.mq4".encode(),
                content,
                scanned_at_ns=self.now_ns,
                inode=sum(content.encode()),
            )
            for name, content in held.items()
        )
        records = tuple(
            ClassifiedContent(
                suffix=".mq4", record=self._record(content, **(says or {}))
            )
            for content in sorted(set(held.values()))
        )
        self.catalog.store(
            Batch(
                files=states,
                records=records,
                removed=removed,
                removed_at_ns=(self.now_ns,) * len(removed),
            )
        )

    def history(self, path: bytes) -> list[str]:
        return [told(each) for each in self.catalog.history(path)]

    def changes(self, since_ns: int = START_NS) -> list[str]:
        return [told(each) for each in self.catalog.changes(since_ns)]


def told(change: Change) -> str:
    came = f" from {change.renamed_from}" if change.renamed_from else ""
    return f"{change.what} {change.path}{came}"


@pytest.fixture
def story(catalog: Catalog, make_record: MakeRecord, make_state: MakeState) -> Story:
    return Story(catalog, make_record, make_state)


def test_a_path_s_contents_and_labels_then_are_told_in_order(story: Story) -> None:
    story.look(a="one")
    story.look(a="two", says={"kind": "indicator", "strategies": ()})
    story.look(b"a.mq4")
    story.look(a="one")

    events = story.catalog.history(b"a.mq4")

    assert [each.what for each in events] == ["added", "changed", "removed", "added"]
    first, second, gone, again = events
    assert first.before is None
    assert first.after is not None
    assert (first.after.kind, first.after.primary) == ("expert", "grid")
    assert second.before == first.after
    assert second.after is not None
    assert (second.after.kind, second.after.primary) == ("indicator", None)
    assert gone.before == second.after
    assert gone.after is None
    assert again.before is None
    assert again.after == first.after
    times = [each.at.timestamp() * 1e9 - START_NS for each in events]
    assert times == [MINUTE_NS * number for number in (1, 2, 3, 4)]


def test_a_file_that_holds_what_it_held_has_no_new_history(story: Story) -> None:
    story.look(a="one")
    story.look(a="one")

    assert story.history(b"a.mq4") == ["added a.mq4"]
    assert story.changes(story.now_ns) == []


def test_a_rename_is_one_change_and_the_history_goes_on_over_it(story: Story) -> None:
    story.look(a="one")
    story.look(a="two")
    story.look(b"a.mq4", b="two")
    story.look(b="three")

    assert story.history(b"b.mq4") == [
        "added a.mq4",
        "changed a.mq4",
        "renamed b.mq4 from a.mq4",
        "changed b.mq4",
    ]
    assert story.history(b"a.mq4") == [
        "added a.mq4",
        "changed a.mq4",
        "renamed b.mq4 from a.mq4",
    ]
    assert story.changes(START_NS + 3 * MINUTE_NS) == ["changed b.mq4 from a.mq4"]


@pytest.mark.parametrize("halves", ["gone, new", "new, gone"])
def test_a_rename_of_which_both_halves_are_stored_apart_is_one(
    story: Story, halves: str
) -> None:
    story.look(a="one")
    story.now_ns += MINUTE_NS
    for half in halves.split(", "):
        story.now_ns -= MINUTE_NS
        if half == "new":
            story.look(b="one")
        else:
            story.look(b"a.mq4")

    assert story.changes(START_NS + 2 * MINUTE_NS) == ["renamed b.mq4 from a.mq4"]
    assert story.history(b"b.mq4") == ["added a.mq4", "renamed b.mq4 from a.mq4"]


def test_a_file_moved_among_copies_is_known_by_its_inode_then_by_its_name(
    catalog: Catalog, make_state: MakeState
) -> None:
    def look(raw: bytes, inode: int, at_ns: int) -> FileState:
        return make_state(raw, "one", inode=inode, scanned_at_ns=at_ns)

    first = look(b"x/a.mq4", 1, START_NS), look(b"x/b.mq4", 2, START_NS)
    catalog.store(Batch(files=first))
    later = START_NS + MINUTE_NS
    catalog.store(
        Batch(
            files=(
                look(b"y/b.mq4", 8, later),
                look(b"y/c.mq4", 1, later),
                look(b"y/d.mq4", 9, later),
            ),
            removed=(b"x",),
            removed_at_ns=(later,),
        )
    )

    found = [told(each) for each in catalog.changes(later)]

    assert found == [
        "renamed y/b.mq4 from x/b.mq4",
        "renamed y/c.mq4 from x/a.mq4",
        "added y/d.mq4",
    ]


def test_other_labels_for_the_same_bytes_are_a_change_of_their_files(
    story: Story, make_record: MakeRecord
) -> None:
    story.look(a="one", b="one", c="two")
    before = story.now_ns + 1
    record = make_record("one", kind="script", classifier="2+rules")
    same = make_record("two", classifier="2+rules")
    story.catalog.store(
        Batch(
            records=tuple(
                ClassifiedContent(suffix=".mq4", record=each) for each in (record, same)
            )
        )
    )

    changes = story.catalog.changes(before)

    assert [told(each) for each in changes] == [
        "reclassified a.mq4",
        "reclassified b.mq4",
    ]
    assert [(each.before.kind, each.after.kind) for each in changes] == [  # type: ignore[union-attr]
        ("expert", "script")
    ] * 2
    assert story.history(b"a.mq4") == ["added a.mq4", "reclassified a.mq4"]


def test_changes_are_told_once_a_file_from_first_to_last(story: Story) -> None:
    story.look(a="one", b="two", c="three")
    since = story.now_ns + 1
    story.look(a="four", new="five", passing="six")
    story.look(a="seven", b="eight")
    story.look(b"passing.mq4", b"c.mq4", b="two")

    changes = story.catalog.changes(since)

    assert [told(each) for each in changes] == [
        "changed a.mq4",
        "removed c.mq4",
        "added new.mq4",
    ]
    assert story.catalog.count_changes(since) == {
        "added": 1,
        "changed": 2,
        "removed": 2,
    }


def test_an_older_look_never_replaces_a_newer_one(
    catalog: Catalog, make_state: MakeState
) -> None:
    newer = make_state(b"a.mq4", "two", scanned_at_ns=START_NS + 5)
    older = make_state(b"a.mq4", "one", scanned_at_ns=START_NS)
    catalog.store(Batch(files=(newer,)))

    catalog.store(Batch(files=(older,)))
    catalog.store(Batch(removed=(b"a.mq4",), removed_at_ns=(START_NS + 4,)))

    assert catalog.known_files()[b"a.mq4"].sha256 == newer.sha256
    catalog.store(Batch(removed=(b"a.mq4",), removed_at_ns=(START_NS + 5,)))
    assert catalog.known_files() == {}


def test_a_look_of_before_the_clock_was_set_back_is_replaced(
    catalog: Catalog, make_state: MakeState
) -> None:
    ahead = make_state(b"a.mq4", "one", scanned_at_ns=2 * 10**18 * 2)
    now = make_state(b"a.mq4", "two")
    catalog.store(Batch(files=(ahead,)))

    catalog.store(Batch(files=(now,)))

    assert catalog.known_files()[b"a.mq4"].sha256 == now.sha256


def test_with_a_folder_all_below_it_goes_and_its_neighbours_stay(
    catalog: Catalog, make_state: MakeState
) -> None:
    names = (b"a.mq4", b"a/b.mq4", b"a/c/d.mq4", b"a0.mq4", b"a-b.mq4", b"\xff\xff.mq4")
    catalog.store(Batch(files=tuple(make_state(name, "one") for name in names)))
    level = "full"
    assert set(catalog.files_below(b"a", "1", level)) == {b"a/b.mq4", b"a/c/d.mq4"}
    assert set(catalog.files_below(b"", "1", level)) == set(names)

    catalog.store(Batch(removed=(b"a",)))

    assert set(catalog.known_files()) == {*names} - {b"a/b.mq4", b"a/c/d.mq4"}


def test_a_search_finds_what_changed_since(story: Story) -> None:
    story.look(a="one", b="two")
    story.look(b="three")

    query = SearchQuery(changed_since_ns=story.now_ns)

    assert [record.path for record in story.catalog.search(query)] == ["b.mq4"]
    assert story.catalog.count(query) == 1


def test_a_first_run_writes_no_history(story: Story, path: Path) -> None:
    story.look(a="one", b="two")

    with closing(sqlite3.connect(path)) as database:
        assert database.execute("SELECT count(*) FROM past").fetchone() == (0,)
    assert story.changes() == ["added a.mq4", "added b.mq4"]


def test_what_is_too_old_is_forgotten_when_a_run_ends(
    story: Story, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    story.look(a="one", b="two")
    story.look(a="three", b="four")
    story.look(a="five")
    now = dt.datetime.now(dt.UTC).timestamp() * 1e9
    # Long ago a record is dropped; what the history mentions is still named.
    monkeypatch.setattr(pruning, "HISTORY_KEPT_NS", int(now) - START_NS)
    end_run(story.catalog, "a")
    assert [kind(each) for each in story.catalog.history(b"a.mq4")] == ["expert"] * 3
    assert records(path) == 2

    monkeypatch.setattr(pruning, "KEPT_STATES", 1)
    end_run(story.catalog, "b")
    assert story.history(b"a.mq4") == ["changed a.mq4", "changed a.mq4"]
    assert contents(path) == 3

    monkeypatch.setattr(pruning, "HISTORY_KEPT_NS", DAY_NS)
    end_run(story.catalog, "c")
    assert story.history(b"a.mq4") == ["changed a.mq4"]
    assert contents(path) == 2
    assert story.catalog.problems() == []
    story.look(a="one")
    assert [record.path for record in story.catalog.records()] == ["a.mq4", "b.mq4"]


def test_the_record_of_a_content_that_went_lately_is_kept(
    catalog: Catalog, make_record: MakeRecord, make_state: MakeState, path: Path
) -> None:
    now_ns = int(dt.datetime.now(dt.UTC).timestamp()) * 10**9
    state = make_state(b"a.mq4", "one", scanned_at_ns=now_ns - DAY_NS)
    record = ClassifiedContent(suffix=".mq4", record=make_record("one"))
    catalog.store(Batch(files=(state,), records=(record,)))
    catalog.store(Batch(removed=(b"a.mq4",), removed_at_ns=(now_ns,)))

    end_run(catalog, "a")

    assert records(path) == 1
    assert catalog.knows_content((record.record.sha256, ".mq4"), "1+rules", "full")


def kind(change: Change) -> str | None:
    return None if change.after is None else change.after.kind


def end_run(catalog: Catalog, token: str) -> None:
    run = catalog.begin_run(RunOrder(token=token), "1+rules")
    catalog.end_run(run.id, "done")


def records(path: Path) -> int:
    return count(path, "records")


def contents(path: Path) -> int:
    return count(path, "contents")


def count(path: Path, table: str) -> int:
    with closing(sqlite3.connect(path)) as database:
        return int(database.execute(QUERIES[table]).fetchone()[0])
