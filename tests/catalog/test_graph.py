"""What files have to do with one another: includes, numbers, compiled programs."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from orquestrador.catalog import Catalog
from orquestrador.catalog.graph import Collision, Compiled, Graph, Include, Missing
from orquestrador.catalog.standard_includes import is_standard
from orquestrador.classification import classify_and_sketch
from orquestrador.library import list_files, suffix_of
from orquestrador.library.names import INSIDE
from orquestrador.messages import Batch, ClassifiedContent, FileState, SearchQuery


class World:
    """A library on disk and a catalog that knows it."""

    def __init__(self, folder: Path, catalog: Catalog) -> None:
        self.library = folder / "library"
        self.catalog = catalog

    def write(self, path: str, text: str, *, minute: int = 0) -> None:
        file = self.library / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        at = 1_700_000_000 + 60 * minute
        os.utime(file, (at, at))

    def trader(
        self, path: str, magic: int, extra: str = "", *, minute: int = 0
    ) -> None:
        """Write an expert that has a magic number."""
        self.write(
            path,
            f"input int MagicNumber = {magic};\n"
            "void OnTick() { OrderSend(Symbol(), OP_BUY, 1, Ask, 3, 0, 0, NULL,"
            f" MagicNumber); }}\n{extra}",
            minute=minute,
        )

    def includer(self, path: str, *directives: str) -> None:
        """Write an expert that includes something."""
        lines = "".join(f"#include {each}\n" for each in directives)
        self.write(path, f"{lines}void OnTick() {{ }}\n// {path}\n")

    def know(self) -> None:
        """Let the catalog know every file."""
        for entry in list_files(self.library):
            self.store(entry.raw, self.library / os.fsdecode(entry.raw))

    def store(self, raw: bytes, file: Path) -> None:
        """Let the catalog know a file under a raw name."""
        suffix, found = suffix_of(raw), file.stat()
        record, sketch = classify_and_sketch(file.read_bytes(), f"x{suffix}")
        record = record.replace(path="")
        compiled = suffix in {".ex4", ".ex5"}
        state = FileState(
            raw=raw,
            size=found.st_size,
            mtime_ns=found.st_mtime_ns,
            inode=found.st_ino,
            scanned_at_ns=1_800_000_000_000_000_000,
            sha256=None if compiled else record.sha256,
            suffix=suffix,
            problem=f"compiled program ({suffix}), not read" if compiled else None,
        )
        classified = ClassifiedContent(suffix=suffix, record=record, sketch=sketch)
        self.catalog.store(
            Batch(files=(state,), records=() if compiled else (classified,))
        )

    def graph(self) -> Graph:
        self.know()
        return self.catalog.graph()

    def found(self, **query: object) -> list[str]:
        return [each.path for each in self.catalog.search(SearchQuery(**query))]  # type: ignore[arg-type]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with Catalog(tmp_path / "catalog.sqlite3") as catalog:
        yield World(tmp_path, catalog)


def test_an_include_leads_to_the_include_folder_of_its_data_folder(
    world: World,
) -> None:
    world.includer("T/MQL5/Experts/Mine/a.mq5", "<Own\\Risk.mqh>", "<own/risk.MQH>")
    world.write("T/MQL5/Include/Own/Risk.mqh", "int risk() { return 1; }\n")
    world.write("Include/Own/Risk.mqh", "int risk() { return 2; }\n")

    graph = world.graph()

    risk = "T/MQL5/Include/Own/Risk.mqh"
    assert [each.leads_to for each in graph.includes["T/MQL5/Experts/Mine/a.mq5"]] == [
        risk,
        risk,
    ]
    assert graph.included_by == {risk: ("T/MQL5/Experts/Mine/a.mq5",)}
    assert graph.missing == ()


def test_an_include_in_quotes_leads_beside_the_file_first(world: World) -> None:
    world.includer("Experts/a.mq4", '"../Lib/x.mqh"', '"y.mqh"')
    for path in ("Lib/x.mqh", "Experts/y.mqh", "Include/y.mqh"):
        world.write(path, "int f() { return 1; }\n")

    includes = world.graph().includes["Experts/a.mq4"]

    assert [each.leads_to for each in includes] == ["Lib/x.mqh", "Experts/y.mqh"]


def test_no_include_leads_out_of_the_library(world: World) -> None:
    world.write("b.mqh", "int f() { return 1; }\n")
    world.includer("a.mq4", '"../b.mqh"', '"C:/b.mqh"')

    includes = world.graph().includes["a.mq4"]

    assert [each.missing for each in includes] == [True, True]


def test_metatraders_own_are_neither_there_nor_missing(world: World) -> None:
    names = ["<Trade\\Trade.mqh>", "<stdlib.mqh>", "<WinUser32.mqh>", "<Trade/My.mqh>"]
    world.includer("a.mq5", *names)

    graph = world.graph()

    assert [each.standard for each in graph.includes["a.mq5"]] == [True] * 3 + [False]
    assert graph.missing == (Missing("Trade/My.mqh", ("a.mq5",), ()),)
    assert is_standard("Math/Stat/Normal.mqh")
    assert not is_standard("Sub/Trade/Trade.mqh")


def test_a_copy_of_metatraders_own_in_the_library_is_what_it_leads_to(
    world: World,
) -> None:
    world.includer("MQL5/Experts/a.mq5", "<Trade\\Trade.mqh>")
    world.write("MQL5/Include/Trade/Trade.mqh", "class CTrade { };\n")

    (include,) = world.graph().includes["MQL5/Experts/a.mq5"]

    assert include == Include(
        "Trade/Trade.mqh", "MQL5/Include/Trade/Trade.mqh", standard=False
    )


def test_what_is_missing_is_named_with_who_wants_it_and_where_one_stands(
    world: World,
) -> None:
    world.includer("b.mq4", "<Gone.mqh>", '"Astray.mqh"')
    world.includer("a.mq4", "<gone.mqh>")
    world.write("deep/down/astray.mqh", "int f() { return 1; }\n")

    missing = world.graph().missing

    assert missing == (
        Missing("Astray.mqh", ("b.mq4",), ("deep/down/astray.mqh",)),
        Missing("gone.mqh", ("a.mq4", "b.mq4"), ()),
    )


def test_of_endings_that_are_not_listed_nothing_is_missing(world: World) -> None:
    world.includer("a.mq4", '"settings.inc"')

    assert world.graph().includes["a.mq4"] == ()


def test_searches_find_what_includes_something(world: World) -> None:
    world.includer("a.mq4", "<Gone.mqh>", "<Own/Risk.mqh>")
    world.includer("b.mq4", "<own\\risk.mqh>")
    world.write("Include/Own/Risk.mqh", "int f() { return 1; }\n")
    world.know()

    assert world.found(missing_include=True) == ["a.mq4"]
    assert world.found(includes="Risk.mqh") == ["a.mq4", "b.mq4"]
    assert world.found(includes="OWN\\Risk.mqh") == ["a.mq4", "b.mq4"]
    assert world.found(includes="isk.mqh") == []
    assert world.found(includes="Risk.mqh", missing_include=True) == []
    assert world.catalog.count(SearchQuery(includes="gone.mqh")) == 1


def test_programs_of_one_magic_number_collide_and_copies_do_not(world: World) -> None:
    other = "int f() { return iRSI(NULL, 0, 14, PRICE_CLOSE, 1) > 70 ? 1 : 2; }\n"
    world.trader("a.mq4", 777)
    world.trader("copy/a.mq4", 777, "// the same code\n")
    world.trader("b.mq4", 777, other * 9)
    world.trader("c.mq4", 778)

    collisions = world.graph().collisions

    assert collisions == (Collision(777, (("a.mq4", "copy/a.mq4"), ("b.mq4",))),)


def test_a_header_and_an_indicator_trade_under_no_number(world: World) -> None:
    world.trader("a.mq4", 777)
    world.write("b.mqh", "int MagicNumber = 777;\nint f() { return 1; }\n")
    world.write(
        "c.mq4",
        "#property indicator_chart_window\nint MagicNumber = 777;\n"
        "int OnCalculate(const int rates_total, const int p) { return 1; }\n",
    )

    assert world.graph().collisions == ()


def test_a_compiled_program_is_found_beside_its_source_and_may_be_older(
    world: World,
) -> None:
    world.trader("EAs/a.mq4", 1, minute=5)
    world.write("EAs/A.ex4", "EX", minute=4)
    world.trader("EAs/b.mq5", 2, minute=5)
    world.write("EAs/b.ex5", "EX", minute=6)
    world.trader("EAs/c.mq5", 3)
    world.write("EAs/c.ex4", "EX")
    world.write("d.ex4", "EX")

    assert world.graph().compiled == {
        "EAs/a.mq4": Compiled("EAs/a.mq4", "EAs/A.ex4", older=True),
        "EAs/b.mq5": Compiled("EAs/b.mq5", "EAs/b.ex5", older=False),
    }


def test_a_member_of_an_archive_includes_another_one(world: World) -> None:
    world.includer("a.mq4", '"../one.mqh"')
    world.write("one.mqh", "int f() { return 1; }\n")
    archive = b"p.zip" + INSIDE
    world.store(archive + b"E/a.mq4", world.library / "a.mq4")
    world.store(archive + b"a.mq4", world.library / "a.mq4")
    world.store(archive + b"one.mqh", world.library / "one.mqh")

    graph = world.catalog.graph()

    (inner,), (outer,) = (
        graph.includes[f"p.zip!/{name}"] for name in ("E/a.mq4", "a.mq4")
    )
    assert inner.leads_to == "p.zip!/one.mqh"
    assert outer.missing


def test_pine_scripts_include_no_files(world: World) -> None:
    world.write("a.pine", "//@version=5\nindicator('x')\nimport TradingView/ta/7\n")

    assert world.graph().includes == {}
