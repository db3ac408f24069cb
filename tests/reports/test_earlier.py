"""A report knows which moment the one before it told of."""

from pathlib import Path

from orquestrador.reports.earlier import moment_before, note_moment


def test_the_first_report_has_none_before_it(tmp_path: Path) -> None:
    assert moment_before(tmp_path, 10) is None


def test_the_next_one_tells_what_changed_since_the_last(tmp_path: Path) -> None:
    note_moment(tmp_path, 10)

    assert moment_before(tmp_path, 20) == 10


def test_the_same_moment_told_again_changes_nothing(tmp_path: Path) -> None:
    for moment in (10, 20, 20, 20):
        note_moment(tmp_path, moment)

    assert moment_before(tmp_path, 20) == 10
    assert moment_before(tmp_path, 30) == 20
    assert [each.name for each in tmp_path.iterdir()] == ["told.json"]


def test_a_damaged_note_is_as_good_as_none(tmp_path: Path) -> None:
    (tmp_path / "told.json").write_text("{", encoding="utf-8")

    assert moment_before(tmp_path, 10) is None
    note_moment(tmp_path, 10)
    assert moment_before(tmp_path, 20) == 10
