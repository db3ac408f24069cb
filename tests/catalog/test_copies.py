"""Which files are copies is known from what was stored, a code at a time."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from orquestrador.catalog import Catalog, likeness
from orquestrador.classification import classify_and_sketch
from orquestrador.messages import Batch, ClassifiedContent, FileState, SearchQuery
from orquestrador.messages.sameness import Sameness
from orquestrador.sameness.likeness import Shingles

Save = Callable[..., None]

LINES = [
    f"   double level{number} = iMA(NULL, 0, {number}, 0, MODE_SMA, PRICE_CLOSE, 1);"
    for number in range(2, 60)
]


def source(*changes: tuple[str, str], version: str = "1.00") -> str:
    text = "\n".join(
        [
            f'#property version "{version}"',
            "// Opens at the average.",
            "int start()",
            "{",
            *LINES,
            "   if (Close[0] > level2)",
            '      OrderSend(Symbol(), OP_BUY, 0.1, Ask, 3, Bid - 9 * Point, 0, "x");',
            "   return (0);",
            "}",
            "",
        ]
    )
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return text


ONE = source()
COMMENTED = source(("// Opens", "// Abre"), ("   double", "\tdouble"))
NEAR = source(("level7 = iMA", "level7 = iRSI"), ("0.1", "0.2"), version="1.10")
OTHER = """\
int OnInit() { EventSetTimer(60); return INIT_SUCCEEDED; }
void OnTimer() { for (int i = 0; i < 9; i++) Print(TimeToString(TimeCurrent())); }
"""


@pytest.fixture
def save(catalog: Catalog, make_state: Callable[..., FileState]) -> Save:
    """Classify a text and store it as the content of a file."""

    def stored(raw: str, text: str, *, level: Any = "full") -> None:
        data = text.encode()
        record, sketch = classify_and_sketch(data, raw, level=level)
        state = make_state(raw.encode(), None, size=len(data), sha256=record.sha256)
        content = ClassifiedContent(suffix=".mq4", record=record, sketch=sketch)
        catalog.store(Batch(files=(state,), records=(content,)))

    return stored


def grouped(catalog: Catalog, sameness: Sameness = "near") -> list[list[str]]:
    return [[copy.path for copy in group.copies] for group in catalog.copies(sameness)]


def rows(path: Path, table: str) -> int:
    with closing(sqlite3.connect(path)) as database:
        query = f"SELECT count(*) FROM {table}"  # noqa: S608 -- our own text
        return int(database.execute(query).fetchone()[0])


def test_copies_of_each_kind_are_grouped(catalog: Catalog, save: Save) -> None:
    for raw, text in (
        ("a.mq4", ONE),
        ("b/a.mq4", ONE),
        ("comment.mq4", COMMENTED),
        ("late.mq4", NEAR),
        ("other.mq4", OTHER),
    ):
        save(raw, text)

    assert grouped(catalog, "exact") == [["a.mq4", "b/a.mq4"]]
    assert grouped(catalog, "same_code") == [["a.mq4", "b/a.mq4", "comment.mq4"]]
    (group,) = catalog.copies()
    assert (group.best, group.why, group.value, group.other) == (
        "late.mq4",
        "version",
        "1.10",
        "1.0",
    )
    assert [(copy.path, copy.sameness) for copy in group.copies] == [
        ("late.mq4", "exact"),
        ("a.mq4", "near"),
        ("b/a.mq4", "near"),
        ("comment.mq4", "near"),
    ]
    assert all(0.85 <= copy.share < 1 for copy in group.copies[1:])


def test_a_changed_file_changes_its_group_alone(
    catalog: Catalog, save: Save, monkeypatch: pytest.MonkeyPatch
) -> None:
    save("a.mq4", ONE)
    save("b.mq4", NEAR)
    save("x.mq4", OTHER)
    save("y.mq4", OTHER.replace("{ Event", "{\n   Event"))
    assert grouped(catalog) == [["b.mq4", "a.mq4"], ["x.mq4", "y.mq4"]]

    compared: list[Shingles] = []
    share = likeness.share

    def counted(first: Shingles, second: Shingles) -> float:
        compared.append(second)
        return share(first, second)

    monkeypatch.setattr(likeness, "share", counted)
    save("b.mq4", NEAR.replace("level9", "ninth"))

    assert grouped(catalog) == [["b.mq4", "a.mq4"], ["x.mq4", "y.mq4"]]
    # With the two that are like it, and with nothing else.
    assert len(compared) == 2


def test_what_is_changed_too_far_leaves_the_group(catalog: Catalog, save: Save) -> None:
    save("a.mq4", ONE)
    save("b.mq4", NEAR)
    assert len(grouped(catalog)) == 1

    save("b.mq4", OTHER)

    assert grouped(catalog) == []


def test_a_removed_file_leaves_the_group(catalog: Catalog, save: Save) -> None:
    for raw in ("a.mq4", "b.mq4"):
        save(raw, ONE)

    catalog.store(Batch(removed=(b"b.mq4",)))

    assert grouped(catalog) == []


def test_a_code_that_is_known_is_not_compared_again(
    catalog: Catalog, save: Save, path: Path
) -> None:
    save("a.mq4", ONE)
    save("b.mq4", COMMENTED)
    save("c.mq4", ONE)

    assert rows(path, "codes") == 1
    assert rows(path, "sketched") == 2


def test_codes_that_no_content_has_are_forgotten(
    catalog: Catalog, save: Save, path: Path
) -> None:
    save("a.mq4", ONE)
    save("b.mq4", NEAR)
    save("c.mq4", OTHER)
    database = sqlite3.connect(path, isolation_level=None)
    database.execute(
        "DELETE FROM sketched WHERE content ="
        " (SELECT content FROM files WHERE raw = ?)",
        (b"a.mq4",),
    )

    likeness.prune(database)
    database.close()

    assert rows(path, "codes") == 2
    assert rows(path, "near") == 0
    assert rows(path, "bands") == 16
    save("d.mq4", COMMENTED)
    assert grouped(catalog) == [["b.mq4", "d.mq4"]]


def test_the_share_is_the_settings(catalog: Catalog, save: Save) -> None:
    save("a.mq4", ONE)
    save("b.mq4", NEAR)

    catalog.set_near_share(0.99)

    assert grouped(catalog) == []
    assert catalog.about().near_share == 0.99


def test_without_a_sketch_only_bytes_are_compared(catalog: Catalog, save: Save) -> None:
    for raw, text in (("a.mq4", ONE), ("b.mq4", ONE), ("c.mq4", COMMENTED)):
        save(raw, text, level="quick")

    assert grouped(catalog) == [["a.mq4", "b.mq4"]]


def test_a_repeated_batch_changes_nothing(
    catalog: Catalog, save: Save, path: Path
) -> None:
    for _ in range(2):
        save("a.mq4", ONE)
        save("b.mq4", NEAR)

    assert rows(path, "near") == 1
    assert len(grouped(catalog)) == 1


def test_the_exact_groups_are_what_the_summary_counts(
    catalog: Catalog, save: Save
) -> None:
    for raw in ("a.mq4", "b.mq4", "c.mq4"):
        save(raw, ONE)
    save("d.mq4", OTHER)

    surplus = sum(group.surplus_bytes for group in catalog.copies("exact"))

    assert surplus == catalog.summary().surplus_bytes == 2 * len(ONE)
    assert catalog.count(SearchQuery()) == 4


def test_a_search_finds_copies_of_each_kind_with_the_best_in_front(
    catalog: Catalog, save: Save
) -> None:
    for raw, text in (
        ("z.mq4", ONE),
        ("y.mq4", COMMENTED),
        ("x.mq4", NEAR),
        ("a.mq4", OTHER),
        ("b.mq4", OTHER),
    ):
        save(raw, text)

    def found(sameness: Sameness, **query: Any) -> list[str]:
        asked = SearchQuery(duplicates=sameness, **query)
        records = catalog.search(asked)
        assert catalog.count(asked.replace(limit=None, offset=0)) >= len(records)
        return [record.path for record in records]

    assert found("exact") == ["a.mq4", "b.mq4"]
    assert found("same_code") == ["a.mq4", "b.mq4", "y.mq4", "z.mq4"]
    assert found("near") == ["a.mq4", "b.mq4", "x.mq4", "y.mq4", "z.mq4"]
    assert found("near", limit=2, offset=1) == ["b.mq4", "x.mq4"]
    assert found("near", words="z") == ["z.mq4"]


def test_a_reader_sees_copies_that_were_stored_after_it_asked(
    catalog: Catalog, save: Save, path: Path
) -> None:
    save("a.mq4", ONE)
    with Catalog(path, read_only=True) as reader:
        assert grouped(reader, "exact") == []

        save("b.mq4", ONE)

        assert grouped(reader, "exact") == [["a.mq4", "b.mq4"]]
        assert len(reader.search(SearchQuery(duplicates="exact"))) == 2


def test_variants_are_the_groups_of_more_than_the_same_bytes(
    catalog: Catalog, save: Save
) -> None:
    for raw, text in (
        ("a.mq4", ONE),
        ("b/a.mq4", ONE),
        ("comment.mq4", COMMENTED),
        ("late.mq4", NEAR),
        ("other.mq4", OTHER),
        ("b/other.mq4", OTHER),
    ):
        save(raw, text)

    assert len(catalog.copies("near")) == 2
    assert list(catalog.variants()) == [
        group for group in catalog.copies("near") if group.sameness != "exact"
    ]
