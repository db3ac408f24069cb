"""Directives that moves break are found and mended, byte for byte, and back."""

import sys

import pytest

from orquestrador.errors import OrganizeError
from orquestrador.organizing.copying import copy_steps
from orquestrador.organizing.directives import directives
from orquestrador.organizing.references import References
from tests.organizing.libraries import Library, finish

SOURCE = """// #include "comment.mqh"
/* #include "comment.mqh"
#include "comment.mqh" */
#property strict\r
#include "help.mqh"   // why \xe9
  #include <Trade\\Trade.mqh>
string s = "#include \\"string.mqh\\"";
#import "Lib.ex4"
#resource "\\\\Images\\\\up.bmp"
int start() { return 0; }
"""

WAYS = {
    "ascii": SOURCE.replace("\xe9", "e").encode("ascii"),
    "utf-8": SOURCE.encode("utf-8"),
    "cp1252": SOURCE.encode("cp1252"),
    "utf-16 with BOM": b"\xff\xfe" + SOURCE.encode("utf-16-le"),
    "utf-16 without BOM": SOURCE.encode("utf-16-le"),
    "utf-16 big endian": b"\xfe\xff" + SOURCE.encode("utf-16-be"),
    "damaged utf-16": b"\xef\xbf\xbd\xef\xbf\xbd" + SOURCE.encode("utf-16-le"),
    "odd utf-16": b"\xff\xfe" + SOURCE.encode("utf-16-le") + b"x",
}

each_way = pytest.mark.parametrize("way", WAYS)


@each_way
def test_directives_are_found_in_any_encoding(way: str) -> None:
    data = WAYS[way]

    found = directives(data)

    assert [(each.word, each.text, each.angled, each.line) for each in found] == [
        ("include", "help.mqh", False, 5),
        ("include", "Trade\\Trade.mqh", True, 6),
        ("import", "Lib.ex4", False, 8),
        ("resource", "\\\\Images\\\\up.bmp", False, 9),
    ]
    for each in found:
        assert data[each.start : each.start + len(each.old)] == each.old
        assert each.encode(each.text) == each.old


def mended(files: list[str], places: dict[str, str], source: str, text: str) -> object:
    references = References(
        [each.encode() for each in files],
        {old.encode(): new.encode() for old, new in places.items()},
        {},
    )
    broken = references.broken(source.encode(), directives(text.encode()))
    return broken[0].mended if broken else "whole"


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ('#include "b.mqh"', "..\\..\\Include\\INC_b.mqh"),
        ('#include "./b.mqh"', "../../Include/INC_b.mqh"),
        ('#include "sub\\c.mqh"', "..\\..\\Include\\c.mqh"),
        ("#include <d.mqh>", "INC_d.mqh"),
        ('#include "stays.mqh"', "..\\..\\stays.mqh"),
        ('#include "not there.mqh"', "whole"),
        ("#include <Trade\\Trade.mqh>", "whole"),
        ('#import "Lib.ex4"', "LIB_Lib.ex4"),
        ('#import "user32.dll"', "whole"),
        ('#resource "\\\\Images\\\\up.bmp"', "\\\\Pics\\\\up.bmp"),
        ('#include "C:\\b.mqh"', "whole"),
        ('#include "..\\..\\..\\b.mqh"', "whole"),
    ],
)
def test_a_path_leads_to_the_new_place(line: str, wanted: str) -> None:
    places = {
        "a.mq4": "EAs/Grid/EA_a.mq4",
        "b.mqh": "Include/INC_b.mqh",
        "sub/c.mqh": "Include/c.mqh",
        "Include/d.mqh": "Include/INC_d.mqh",
        "Libraries/Lib.mq4": "Libraries/LIB_Lib.mq4",
        "Images/up.bmp": "Pics/up.bmp",
    }

    assert mended([*places, "stays.mqh"], places, "a.mq4", line) == wanted


def test_who_moves_with_its_include_is_left_alone() -> None:
    places = {"a.mq4": "new/a.mq4", "b.mqh": "new/b.mqh"}

    assert mended([*places], places, "a.mq4", '#include "B.mqh"') == "whole"


def test_a_name_that_the_page_lacks_cannot_be_written() -> None:
    places = {"b.mqh": "\u0416.mqh"}

    assert mended(["a.mq4", *places], places, "a.mq4", '#include "b.mqh"') is None


@each_way
def test_only_the_paths_bytes_change_and_all_come_back(
    library: Library, way: str
) -> None:
    library.fill(
        {
            "old/a.mq4": WAYS[way],
            "old/help.mqh": "h",
            "stays.mq4": '#include "old/help.mqh"\n',
        }
    )
    before = library.tree()
    plan = library.plan(
        {"old/a.mq4": "EAs/a.mq4", "old/help.mqh": "Include/INC_help.mqh"}
    )

    outcome = library.apply(plan, fix_includes=True)

    after = library.tree()
    wide = "utf-16" in way
    codec = ("utf-16-be" if "big" in way else "utf-16-le") if wide else "ascii"
    old, new = (
        each.encode(codec) for each in ('"help.mqh"', '"..\\Include\\INC_help.mqh"')
    )
    assert outcome.edited == 2
    assert after["EAs/a.mq4"] is not None
    assert after["EAs/a.mq4"][0] == WAYS[way].replace(old, new)
    assert after["stays.mq4"] is not None
    assert after["stays.mq4"][0] == b'#include "Include/INC_help.mqh"\n'
    assert library.undo().edited == 2
    assert library.tree() == before


def test_without_being_asked_nothing_is_changed(library: Library) -> None:
    library.fill({"a.mq4": '#include "b.mqh"', "b.mqh": "b"})

    outcome = library.apply(library.plan({"a.mq4": "new/a.mq4"}))

    assert outcome.edited == 0
    assert (library.root / "new/a.mq4").read_bytes() == b'#include "b.mqh"'


def test_a_copy_that_is_put_aside_keeps_its_bytes_and_is_not_led_to(
    library: Library,
) -> None:
    text = '#include "h.mqh"'
    library.fill(
        {"old/a.mq4": text, "a.mq4": text + " ", "h.mqh": "h", "old/h.mqh": "h"}
    )
    moves = (
        library.move("old/a.mq4", "_copias/old/a.mq4", "a.mq4"),
        library.move("h.mqh", "_copias/h.mqh", "Include/h.mqh"),
        library.move("old/h.mqh", "Include/h.mqh"),
    )

    library.apply(library.plan({})._replace(moves=moves), fix_includes=True)

    assert (library.root / "_copias/old/a.mq4").read_text("utf-8") == text
    mended = (library.root / "a.mq4").read_text("utf-8")
    assert mended == '#include "Include\\\\h.mqh" '.replace("\\\\", "\\")


def test_an_edit_of_a_file_that_changed_since_is_not_taken_back(
    library: Library,
) -> None:
    library.fill({"a.mq4": '#include "b.mqh"', "b.mqh": "b"})
    library.apply(library.plan({"a.mq4": "new/a.mq4"}), fix_includes=True)
    (library.root / "new/a.mq4").write_bytes(b"rewritten")

    outcome = library.undo()

    assert [raw for raw, _ in outcome.refused] == [b"new/a.mq4"]
    assert (library.root / "new/a.mq4").read_bytes() == b"rewritten"


COPIED = {
    "a.mq4": '#include "b.mqh"',
    "b.mqh": "b",
    "deep/notes.txt": "n",
}
PLACES = {"a.mq4": "EAs/a.mq4"}


def test_copies_are_made_elsewhere_and_nothing_is_touched(library: Library) -> None:
    library.fill(COPIED)
    before = library.tree()
    to = library.root.parent / "organized"
    steps = copy_steps(library.plan(PLACES), library.place(), to, fix_includes=True)

    outcome = finish(steps)

    assert (outcome.moved, outcome.edited, outcome.refused) == (3, 1, ())
    assert library.tree() == before
    assert not (library.state / "journal").exists()
    assert (to / "EAs/a.mq4").read_bytes() == b'#include "..\\b.mqh"'
    assert (to / "deep/notes.txt").stat().st_mtime_ns == before["deep/notes.txt"][1]  # type: ignore[index]
    assert sorted(each.name for each in to.iterdir()) == ["EAs", "b.mqh", "deep"]


def test_copies_go_on_where_they_were_cut_short_and_replace_nothing(
    library: Library,
) -> None:
    library.fill(COPIED)
    to = library.root.parent / "organized"
    first = copy_steps(library.plan(PLACES), library.place(), to)
    next(first)
    first.close()
    (to / "b.mqh").write_bytes(b"mine")

    outcome = finish(copy_steps(library.plan(PLACES), library.place(), to))

    assert outcome.moved == 1
    assert [raw for raw, _ in outcome.refused] == [b"b.mqh"]
    assert (to / "b.mqh").read_bytes() == b"mine"


@pytest.mark.parametrize(
    "to",
    [
        ".",
        "inside",
        "..",
        pytest.param(
            "../link/inside",
            marks=pytest.mark.skipif(
                sys.platform == "win32", reason="links need a right on Windows"
            ),
        ),
    ],
)
def test_copies_are_not_made_in_the_library(library: Library, to: str) -> None:
    library.fill(COPIED)
    if "link" in to:
        (library.root.parent / "link").symlink_to(library.root)

    with pytest.raises(OrganizeError, match="in one another"):
        finish(copy_steps(library.plan(PLACES), library.place(), library.root / to))
