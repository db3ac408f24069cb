"""A report says which files are variants of another, and what they cost."""

from orquestrador.messages.sameness import Copy, CopyGroup, Sameness
from orquestrador.reports.collecting import alike_files
from orquestrador.reports.data import ReportData
from orquestrador.reports.to_html import report_html
from orquestrador.words import ENGLISH


def copy(path: str, content: str, sameness: Sameness, size: int = 100) -> Copy:
    share = 0.9 if sameness == "near" else 1.0
    return Copy(path=path, sha256=content, size=size, sameness=sameness, share=share)


def group(*copies: Copy) -> CopyGroup:
    return CopyGroup(
        best=copies[0].path,
        why="version",
        value="2.4",
        other="2.3",
        sameness=copies[-1].sameness,
        surplus_bytes=sum(each.size for each in copies[1:]),
        copies=copies,
    )


GRID = group(
    copy("grid.mq4", "a", "exact"),
    copy("old/grid.mq4", "a", "exact"),
    copy("grid utf8.mq4", "b", "same_code", 90),
    copy("grid 2.mq4", "c", "near", 80),
    copy("old/grid 2.mq4", "c", "near", 80),
)
LARGE = group(copy("large.mq4", "x", "exact"), copy("large 2.mq4", "y", "near", 5000))
SAME = group(copy("same.mq4", "s", "exact"), copy("same too.mq4", "s", "exact"))


def test_each_content_is_named_once_and_the_costliest_group_comes_first() -> None:
    found, same_code, near = alike_files([GRID, SAME, LARGE])

    assert found is not None
    assert (found.files, found.bytes, found.total) == (3, 5170, 2)
    assert (same_code.files, same_code.bytes) == (1, 90)
    assert (near.files, near.bytes) == (2, 5080)
    assert [each.best for each in found.groups] == ["large.mq4", "grid.mq4"]
    assert [each.path for each in found.groups[1].copies] == [
        "grid.mq4",
        "grid utf8.mq4",
        "grid 2.mq4",
    ]


def test_copies_of_the_same_bytes_are_no_variants() -> None:
    assert alike_files([SAME])[0] is None


def test_the_page_names_the_best_why_and_its_variants(data: ReportData) -> None:
    page = report_html(data.replace(alike=alike_files([GRID])[0]), ENGLISH).decode()

    assert "2 further files are variants of another" in page
    assert "version 2.4; the next best 2.3" in page
    assert "grid 2.mq4 (near, 90.0 %)</li>" in page
    assert "old/grid.mq4" not in page
    assert "variants of another" not in report_html(data, ENGLISH).decode()
