"""A plan of an organized library is empty; undone, everything is as it was."""

import hashlib
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from orquestrador.catalog.reading import KnownFile
from orquestrador.config import default_settings
from orquestrador.errors import OrganizeError
from orquestrador.library import suffix_of
from orquestrador.messages import Facts
from orquestrador.messages.record import Record, unknown_record
from orquestrador.organizing.plan import Plan
from orquestrador.organizing.planning import Known, Planner, known_files
from orquestrador.organizing.tree import read_tree
from tests.organizing.libraries import Library

ORGANIZE = default_settings().organize


def record_of(data: bytes) -> Record:
    """Classify in a word: `expert grid XAUUSD 1.0`, anything else is unknown."""
    base = unknown_record(
        sha256=hashlib.sha256(data).hexdigest(),
        size=len(data),
        reason="no source",
        level="full",
        classifier="1",
    )
    words = data.decode("utf-8", "replace").split()
    if len(words) < 4:
        return base
    kind, primary, symbol, version, *_ = words
    told: dict[str, Any] = {
        "language": "mql4",
        "kind": kind,
        "primary": None if primary == "-" else primary,
        "symbols": () if symbol == "-" else (symbol,),
        "facts": Facts(version=version),
        "reason": None,
    }
    return base.replace(**told)


def known(library: Library) -> list[Known]:
    tree = read_tree(library.root, library.state)
    found: list[Known] = []
    for raw, seen in tree.files.items():
        data = (library.root / raw.decode()).read_bytes()
        record = record_of(data)
        file = KnownFile(
            seen.size,
            seen.mtime_ns,
            seen.inode,
            0,
            record.sha256,
            suffix_of(raw),
            None,
            True,  # noqa: FBT003 -- a field
        )
        found.append(Known(raw, file, record))
    return found


def planner(library: Library, **options: Any) -> Planner:
    tree = read_tree(library.root, library.state)
    return Planner(library.root, tree, known(library), ORGANIZE, **options)


def moves(plan: Plan) -> dict[str, str]:
    return {move.source.decode(): move.target.decode() for move in plan.moves}


GRID = "expert grid XAUUSD 1.0"


def test_copies_are_gathered_and_the_best_one_stays(library: Library) -> None:
    library.fill(
        {
            "backup/Gold.mq4": GRID,
            "deep/down/Gold.mq4": GRID,
            "Gold (2).mq4": GRID,
            "Gold.mq4": GRID,
        }
    )

    plan = planner(library).organize()

    best = "MQL4_Source/EAs/Grid/EA_Gold_v1.0_XAUUSD.mq4"
    assert moves(plan) == {
        "Gold.mq4": best,
        "Gold (2).mq4": "_copias/Gold (2).mq4",
        "backup/Gold.mq4": "_copias/backup/Gold.mq4",
        "deep/down/Gold.mq4": "_copias/deep/down/Gold.mq4",
    }
    assert {move.copy_of for move in plan.copies} == {best.encode()}


def test_duplicates_moves_nothing_but_surplus_copies(library: Library) -> None:
    library.fill({"a.mq4": GRID, "old/b.mq4": GRID, "c.mq4": GRID + " other"})

    plan = planner(library).duplicates()

    assert moves(plan) == {"old/b.mq4": "_copias/old/b.mq4"}
    assert sum(move.size for move in plan.copies) == len(GRID)
    assert plan.in_place == 2


def test_a_member_of_an_archive_is_not_moved_and_puts_no_file_aside(
    library: Library,
) -> None:
    library.fill({"grid.mq4": GRID})
    (file,) = known(library)
    records = [
        file.record.replace(path="grid.mq4"),
        file.record.replace(path="pack.zip!/grid.mq4"),
    ]
    files = {b"grid.mq4": file.file, b"pack.zip/\0/grid.mq4": file.file}

    found = known_files(records, files)

    assert [each.raw for each in found] == [b"grid.mq4"]


def test_a_copy_that_is_included_where_it_stands_is_no_surplus(
    library: Library,
) -> None:
    library.fill({"a.mqh": GRID, "old/a.mqh": GRID})

    plan = planner(library).duplicates({b"old/a.mqh"})

    assert plan.moves == ()
    assert "includes it here" in plan.left[0].reason


def test_names_that_would_meet_are_numbered_and_stay_so(library: Library) -> None:
    library.fill({"x/Gold.mq4": GRID + " a", "y/gold.mq4": GRID + " b"})
    plan = planner(library).organize()
    assert sorted(moves(plan).values()) == [
        "MQL4_Source/EAs/Grid/EA_Gold_v1.0_XAUUSD.mq4",
        "MQL4_Source/EAs/Grid/EA_gold-2_v1.0_XAUUSD.mq4",
    ]
    library.apply(plan)
    assert planner(library).organize().moves == ()

    (library.root / plan.moves[0].target.decode()).unlink()

    assert planner(library).organize().moves == ()


def test_a_name_that_another_file_holds_is_not_wanted(library: Library) -> None:
    taken = "mql4_source/EAs/Grid/ea_gold_V1.0_xauusd.mq4"
    library.fill({"Gold.mq4": GRID, taken: "of no kind"})

    plan = planner(library).organize()

    wanted = "mql4_source/EAs/Grid/EA_Gold-2_v1.0_XAUUSD.mq4"
    assert moves(plan) == {"Gold.mq4": wanted}
    assert [each.reason for each in plan.left] == ["no source"]


def test_the_guides_folder_holds_the_organized_tree(library: Library) -> None:
    library.fill({"CODIGO_FONTE_LIBRARY/x.mq4": GRID, "out.mq4": GRID + " o"})

    assert all(
        target.startswith("CODIGO_FONTE_LIBRARY/MQL4_Source/EAs/Grid/EA_")
        for target in moves(planner(library).organize()).values()
    )


def test_what_changed_since_it_was_classified_stays(library: Library) -> None:
    library.fill({"a.mq4": GRID, "b.mq4": GRID + " b"})
    before = known(library)
    library.fill({"a.mq4": GRID + " longer"})
    (library.root / "b.mq4").unlink()
    tree = read_tree(library.root, library.state)

    plan = Planner(library.root, tree, before, ORGANIZE).organize()

    assert plan.moves == ()
    assert [each.reason.partition(";")[0] for each in plan.left] == [
        "it changed since it was classified",
        "it is no longer there",
    ]


@pytest.mark.parametrize(
    "there", ["origin.txt", "terminal64.exe", "MQL5/Experts/a.mq5", "MQL4/Experts/a"]
)
def test_a_terminals_folder_is_refused_without_force(
    library: Library, there: str
) -> None:
    library.fill({"a.mq4": GRID, there: "x"})

    with pytest.raises(OrganizeError, match="--force-terminal"):
        planner(library)
    assert len(planner(library, force_terminal=True).organize().moves) == 1


def test_a_terminals_folder_in_the_library_is_left_alone(library: Library) -> None:
    library.fill({"mt4/origin.txt": "x", "mt4/a.mq4": GRID, "b.mq4": GRID + " b"})

    plan = planner(library).organize()

    assert list(moves(plan)) == ["b.mq4"]
    assert "MetaTrader data folder" in plan.left[0].reason


def test_the_mql5_folder_of_a_terminal_is_refused(tmp_path: Path) -> None:
    library = Library(tmp_path)
    (tmp_path / "origin.txt").write_text("x", encoding="utf-8")
    library.root = library.root.rename(tmp_path / "MQL5")

    with pytest.raises(OrganizeError, match="--force-terminal"):
        planner(library)


STEMS = st.sampled_from(
    ["Gold", "gold", "Gold v1.2", "EA_Gold_v1.0_XAUUSD", "Gold (2)", "12", "Gold-2"]
) | st.text(st.sampled_from("aA1 _-.é"), min_size=1, max_size=6).map(lambda s: f"x{s}x")
FOLDERS = st.sampled_from(
    ["", "a/", "A/b/", "MQL4_Source/EAs/Grid/", "mql4_source/eas/", "_copias/", "old/"]
)
CONTENTS = st.sampled_from(
    [
        "expert grid XAUUSD 1.0",
        "expert grid XAUUSD 1.0 ",
        "expert grid - 2.0",
        "indicator - EURUSD x",
        "script utility - 1",
        "of no kind",
    ]
)
TREES = st.dictionaries(
    st.tuples(FOLDERS, STEMS, st.sampled_from([".mq4", ".MQ4", ".mqh", ".txt"])).map(
        "".join
    ),
    CONTENTS,
    max_size=8,
)


@settings(max_examples=40, deadline=None)
@example({"Gold.mq4": GRID, "Gold.MQ4": GRID})
@given(files=TREES)
def test_any_library_is_organized_once_and_comes_back(files: dict[str, str]) -> None:
    with tempfile.TemporaryDirectory() as base:
        library = Library(Path(base))
        try:
            library.fill(files)
        except OSError:
            return  # Two names that are one here.
        before = library.tree()

        plan = planner(library).organize()
        outcome = library.apply(plan) if plan.moves else None

        assert outcome is None or outcome.refused == ()
        assert {data for data, _ in filter(None, before.values())} == {
            data for data, _ in filter(None, library.tree().values())
        }
        assert planner(library).organize().moves == ()
        if outcome is not None:
            assert library.undo().refused == ()
        assert library.tree() == before


def test_of_files_that_are_alike_one_with_the_best_content_stays(
    library: Library,
) -> None:
    best, other = GRID + " commented", GRID
    library.fill({"a.mq4": other, "old/b.mq4": best, "c/b.mq4": best})
    contents = {each.raw: each.file.sha256 or "" for each in known(library)}
    alike = {
        contents[b"a.mq4"]: contents[b"c/b.mq4"],
        contents[b"c/b.mq4"]: contents[b"c/b.mq4"],
    }

    plan = planner(library, alike=alike).duplicates()

    assert moves(plan) == {
        "a.mq4": "_copias/a.mq4",
        "old/b.mq4": "_copias/old/b.mq4",
    }
    assert {move.copy_of for move in plan.copies} == {b"c/b.mq4"}
