"""Changed paths are kept once, in order, and never too many."""

from orquestrador.watching import Change, Changes


def at(first: float, last: float | None = None) -> Change:
    last = first if last is None else last
    return Change(first, last, 1000.0 + last)


def changes(*raws: bytes, most: int = 100) -> Changes:
    found = Changes(most)
    for number, raw in enumerate(raws):
        found.add(raw, at(float(number)))
    return found


def test_a_path_that_changes_again_keeps_its_place_and_its_first_time() -> None:
    found = changes(b"a.mq4", b"b.mq4", b"a.mq4")

    assert list(found.paths) == [b"a.mq4", b"b.mq4"]
    assert (found.paths[b"a.mq4"].first, found.paths[b"a.mq4"].last) == (0.0, 2.0)
    assert found.paths[b"a.mq4"].saved_at == 1002.0


def test_what_changes_below_a_changed_folder_is_the_folder() -> None:
    found = changes(b"EAs", b"EAs/a.mq4", b"EAs/deep/b.mq4", b"EAs2/c.mq4")

    assert list(found.paths) == [b"EAs", b"EAs2/c.mq4"]
    assert found.paths[b"EAs"].last == 2.0


def test_the_library_itself_is_everything_and_keeps_what_is_known() -> None:
    found = changes(b"a.mq4", b"", b"b.mq4")

    assert found.everything == 1.0
    assert list(found.paths) == [b"a.mq4", b"b.mq4"]
    assert found.oldest() == 0.0
    assert len(found) == 3


def test_too_many_files_become_their_folders() -> None:
    raws = [b"%d/%d.mq4" % (folder, n) for folder in range(3) for n in range(40)]
    found = changes(b"single.mq4", *raws, most=100)

    assert found.everything is None
    assert {b"0", b"1", b"single.mq4"} <= set(found.paths)
    assert len(found.paths) <= 100
    assert all(found.paths[b"%d" % n].first == 1.0 + 40 * n for n in range(2))


def test_too_many_folders_become_everything() -> None:
    found = changes(*(b"%d/only.mq4" % n for n in range(1000)), most=100)

    assert found.everything == 0.0
    assert len(found.paths) <= 100


def test_many_files_of_the_library_itself_become_everything() -> None:
    found = changes(*(b"%d.mq4" % n for n in range(101)), most=100)

    assert found.everything == 0.0
    assert not found.paths


def test_nothing_waits_in_what_is_empty() -> None:
    assert Changes().oldest() is None
    assert not len(Changes())
