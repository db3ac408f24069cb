"""What is stored is what is known afterwards."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from orquestrador.catalog import Catalog
from orquestrador.errors import CatalogError
from orquestrador.library import raw_of_shown
from orquestrador.messages import (
    Batch,
    ClassifiedContent,
    Evidence,
    Facts,
    FileState,
    Record,
    SearchQuery,
)

Make = Callable[..., Record]
MakeState = Callable[..., FileState]


def shown(catalog: Catalog) -> list[str]:
    return [record.path for record in catalog.records()]


def test_a_stored_record_comes_back_whole_with_its_path(
    catalog: Catalog, put: Make, facts: Facts
) -> None:
    stored = put(
        "EAs/Gold Grid.mq4",
        facts=facts,
        risk=("stop_loss",),
        hygiene=("decompiled",),
        symbols=("XAUUSD",),
        timeframes=("M5", "H1"),
    )

    assert list(catalog.records()) == [stored]


def test_a_record_given_with_a_path_is_not_tied_to_it(
    path: Path, catalog: Catalog, make_record: Make, make_state: MakeState
) -> None:
    record = make_record("x", path="where it was first seen.mq4")
    catalog.store(
        Batch(
            files=(make_state(b"b.mq4", "x"), make_state(b"a.mq4", "x")),
            records=(ClassifiedContent(suffix=".mq4", record=record),),
        )
    )

    assert shown(catalog) == ["a.mq4", "b.mq4"]
    with closing(sqlite3.connect(path)) as database:
        ((stored,),) = database.execute("SELECT record FROM records").fetchall()
    assert b"first seen" not in stored


def test_a_known_file_is_as_it_was_seen(
    catalog: Catalog, make_record: Make, make_state: MakeState
) -> None:
    seen = make_state(b"a.mq4", "x", scanned_at_ns=123)
    record = make_record("x")
    catalog.store(
        Batch(files=(seen,), records=(ClassifiedContent(suffix=".mq4", record=record),))
    )

    known = catalog.known_files()

    assert known == {
        b"a.mq4": (
            seen.size,
            seen.mtime_ns,
            seen.inode,
            123,
            record.sha256,
            ".mq4",
            None,
            True,
        )
    }


@pytest.mark.parametrize(
    ("inode", "mtime_ns"),
    [(None, 0), (2**64 - 1, 253_402_300_799 * 10**9), (2**127, -(2**70))],
    ids=["none", "year 9999", "128 bits"],
)
def test_no_inode_or_time_is_too_large(
    catalog: Catalog, make_state: MakeState, inode: int | None, mtime_ns: int
) -> None:
    catalog.store(Batch(files=(make_state(b"a", "x", inode=inode, mtime_ns=mtime_ns),)))

    known = catalog.known_files()[b"a"]
    assert (known.inode, known.mtime_ns) == (inode, mtime_ns)


HOSTILE_NAMES = (
    b"a\nb.mq4",
    b"caf\xe9.mq4",  # latin-1
    b"caf\xe9%E9.mq4",
    b"caf%E9.mq4",
    b"100%.mq4",
    b"\xed\xa0\x80.mq4",  # a lone surrogate, as Windows may give it
    "não %25.mq4".encode(),
    b"';DROP TABLE files;--.mq4",
    b'"quoted" [x] * ? NEAR(a).mq4',
    b"archive.zip!/member.mq4",
    b"\x01\x7f.mq4",
)


def test_every_name_is_kept_by_its_bytes_and_shown_as_unicode(
    catalog: Catalog, make_state: MakeState
) -> None:
    catalog.store(Batch(files=tuple(make_state(raw, "x") for raw in HOSTILE_NAMES)))

    assert set(catalog.known_files()) == set(HOSTILE_NAMES)
    paths = shown(catalog)
    assert sorted(map(raw_of_shown, paths)) == sorted(HOSTILE_NAMES)
    assert all(path.encode("utf-8") for path in paths)


def test_records_come_in_the_order_of_their_paths_not_of_their_storing(
    catalog: Catalog, put: Make
) -> None:
    for name in ("b.mq4", "a/z.mq4", "B.mq4", "ä.mq4", "a.mq4"):
        put(name)

    assert shown(catalog) == ["B.mq4", "a.mq4", "a/z.mq4", "b.mq4", "ä.mq4"]


def test_a_changed_file_shows_its_new_record_only(catalog: Catalog, put: Make) -> None:
    put("a.mq4", content="old", kind="indicator")
    new = put("a.mq4", content="new", kind="script")

    assert list(catalog.records()) == [new]
    assert catalog.count(SearchQuery(kind="indicator")) == 0


def test_a_removed_file_is_forgotten(
    catalog: Catalog, put: Make, make_record: Make
) -> None:
    put("a.mq4")
    put("b.mq4")

    catalog.store(Batch(removed=(b"a.mq4", b"never there.mq4")))

    assert shown(catalog) == ["b.mq4"]
    assert set(catalog.known_files()) == {b"b.mq4"}


def test_a_content_that_no_file_holds_is_kept_for_its_return_and_never_shown(
    catalog: Catalog, put: Make, make_record: Make, make_state: MakeState
) -> None:
    put("a.mq4", content="x", strategies=("martingale",))
    catalog.store(Batch(removed=(b"a.mq4",)))

    assert (make_record("x").sha256, ".mq4") in catalog.known_contents(
        "1+rules", "full"
    )
    assert list(catalog.records()) == []
    assert catalog.search(SearchQuery(strategy=("martingale",))) == []
    assert catalog.summary().contents == 0

    catalog.store(Batch(files=(make_state(b"back.mq4", "x"),)))

    assert shown(catalog) == ["back.mq4"]
    assert catalog.known_files()[b"back.mq4"].classified


def test_the_same_bytes_under_two_suffixes_have_two_records(
    catalog: Catalog, make_record: Make, make_state: MakeState
) -> None:
    catalog.store(
        Batch(
            files=(
                make_state(b"a.mq4", "x"),
                make_state(b"a.mq5", "x", suffix=".mq5"),
            ),
            records=(
                ClassifiedContent(
                    suffix=".mq4", record=make_record("x", language="mql4")
                ),
                ClassifiedContent(
                    suffix=".mq5", record=make_record("x", language="mql5")
                ),
            ),
        )
    )

    languages = {record.path: record.language for record in catalog.records()}
    assert languages == {"a.mq4": "mql4", "a.mq5": "mql5"}
    assert catalog.summary().contents == 1
    assert catalog.summary().surplus_files == 1


def test_a_new_record_of_a_content_replaces_all_that_the_old_one_said(
    catalog: Catalog, put: Make
) -> None:
    old = Facts(name="Oldname")
    put("a.mq4", "x", strategies=("grid",), risk=("stop_loss",), facts=old)

    put("a.mq4", "x", strategies=("news",), risk=(), facts=Facts(name="Newname"))

    assert catalog.count(SearchQuery(strategy=("grid",))) == 0
    assert catalog.count(SearchQuery(risk=("stop_loss",))) == 0
    assert catalog.count(SearchQuery(words="oldname")) == 0
    assert catalog.count(SearchQuery(strategy=("news",), words="newname")) == 1


def test_a_record_counts_as_known_for_its_classifier_and_its_level_or_less(
    catalog: Catalog, put: Make
) -> None:
    full = put("full.mq4", level="full")
    quick = put("quick.mq4", level="quick")
    put("older.mq4", classifier="0+rules")

    def classified(classifier: str | None, level: str) -> set[bytes]:
        known = catalog.known_files(classifier, "full" if level == "full" else "quick")
        return {raw for raw, file in known.items() if file.classified}

    assert classified("1+rules", "full") == {b"full.mq4"}
    assert classified("1+rules", "quick") == {b"full.mq4", b"quick.mq4"}
    assert classified(None, "quick") == {b"full.mq4", b"quick.mq4", b"older.mq4"}
    assert catalog.known_contents("1+rules", "full") == {(full.sha256, ".mq4")}
    assert catalog.known_contents("1+rules", "quick") == {
        (full.sha256, ".mq4"),
        (quick.sha256, ".mq4"),
    }


def test_a_file_that_could_not_be_read_is_a_record_with_the_reason(
    catalog: Catalog, put: Make, make_state: MakeState
) -> None:
    put("a.mq4")
    catalog.store(
        Batch(files=(make_state(b"a.mq4", None, problem="no permission", size=9),))
    )

    (record,) = catalog.records()
    assert (record.path, record.kind, record.language, record.reason) == (
        "a.mq4",
        "unknown",
        "unknown",
        "no permission",
    )
    assert (record.sha256, record.size, record.strategies) == ("", 9, None)


def test_what_stands_against_a_file_outweighs_the_record_of_its_bytes(
    catalog: Catalog, put: Make, make_state: MakeState
) -> None:
    known = put("a.mq4", "x")
    catalog.store(
        Batch(files=(make_state(b"b.mq4", "x", problem="changed while read"),))
    )

    good, bad = catalog.records()
    assert good == known
    assert (bad.path, bad.sha256) == ("b.mq4", known.sha256)
    assert (bad.kind, bad.reason) == ("unknown", "changed while read")
    # So the next run looks at it again.
    assert not catalog.known_files()[b"b.mq4"].classified


def test_a_file_that_waits_for_its_record_says_so(
    catalog: Catalog, make_state: MakeState
) -> None:
    catalog.store(Batch(files=(make_state(b"a.mq4", "x"),)))

    (record,) = catalog.records()
    assert record.kind == "unknown"
    assert record.reason is not None
    assert "not classified yet" in record.reason
    assert not catalog.known_files()[b"a.mq4"].classified
    assert catalog.summary().pending == 1


def test_a_sniffed_file_is_listed_only_when_it_is_a_source(
    catalog: Catalog, make_record: Make, make_state: MakeState
) -> None:
    def sniffed(raw: bytes, content: str) -> FileState:
        return make_state(raw, content, suffix=".txt", sniffed=True)

    prose = make_record("prose", language="unknown", kind="unknown", reason="prose")
    catalog.store(
        Batch(
            files=(sniffed(b"source.txt", "source"), sniffed(b"prose.txt", "prose")),
            records=(
                ClassifiedContent(suffix=".txt", record=make_record("source")),
                ClassifiedContent(suffix=".txt", record=prose),
            ),
        )
    )

    assert shown(catalog) == ["source.txt"]
    assert catalog.summary().files == 1
    assert catalog.known_files()[b"prose.txt"].classified


def test_a_batch_is_stored_whole_or_not_at_all(
    catalog: Catalog, make_record: Make, make_state: MakeState
) -> None:
    no_hash = ClassifiedContent(suffix=".mq4", record=make_record("x", sha256=""))

    with pytest.raises(CatalogError):
        catalog.store(Batch(files=(make_state(b"a.mq4", "x"),), records=(no_hash,)))
    with pytest.raises(CatalogError):
        catalog.store(
            Batch(files=(make_state(b"a.mq4", "x"), make_state(b"b", "y", sha256="z")))
        )

    assert catalog.known_files() == {}
    assert catalog.about().saved_at_ns is None


def test_storing_a_batch_again_changes_nothing(
    catalog: Catalog, make_record: Make, make_state: MakeState
) -> None:
    batch = Batch(
        files=(make_state(b"a.mq4", "x"),),
        records=(ClassifiedContent(suffix=".mq4", record=make_record("x")),),
    )
    catalog.store(batch)
    before = list(catalog.records())
    catalog.store(batch)

    assert list(catalog.records()) == before
    assert catalog.summary().files == 1


def test_of_a_content_given_twice_the_last_record_counts(
    catalog: Catalog, make_record: Make, make_state: MakeState
) -> None:
    catalog.store(
        Batch(
            files=(make_state(b"a.mq4", "x"),),
            records=tuple(
                ClassifiedContent(
                    suffix=".mq4", record=make_record("x", strategies=(code,))
                )
                for code in ("grid", "news")
            ),
        )
    )

    assert catalog.count(SearchQuery(strategy=("grid",))) == 0
    assert catalog.count(SearchQuery(strategy=("news",))) == 1


def test_text_of_a_source_may_hold_any_character(catalog: Catalog, put: Make) -> None:
    facts = Facts(name="nul\0inside", description='"; \u202e \U0010ffff', author="'")
    stored = put(
        "a.mq4",
        facts=facts,
        symbols=("'\"%_",),
        evidence=put("b.mq4").evidence.replace(
            kind=(Evidence(rule="r", line=0, text="\0"),)
        ),
    )

    assert next(iter(catalog.records())) == stored
    assert catalog.count(SearchQuery(symbol="'\"%_")) == 1


def test_two_orders_of_storing_give_the_same_records(
    tmp_path: Path, make_record: Make, make_state: MakeState
) -> None:
    batches = [
        Batch(
            files=(
                make_state(f"{name}.mq4".encode(), name),
                make_state(f"copy of {name}.mq4".encode(), name),
            ),
            records=(ClassifiedContent(suffix=".mq4", record=make_record(name)),),
        )
        for name in "abcde"
    ]

    with Catalog(tmp_path / "1") as one, Catalog(tmp_path / "2") as other:
        for batch in batches:
            one.store(batch)
        for batch in reversed(batches):
            other.store(batch)
        other.store(Batch(files=(make_state(b"gone.mq4", "a"),)))
        other.store(Batch(removed=(b"gone.mq4",)))

        assert list(one.records()) == list(other.records())


def test_records_are_of_one_moment_whatever_is_stored_meanwhile(
    catalog: Catalog, put: Make
) -> None:
    put("a.mq4")
    old = put("b.mq4", "x", strategies=("grid",))
    records = catalog.records()
    next(records)

    put("b.mq4", "x", strategies=("news",))
    put("c.mq4")

    assert list(records) == [old]
