"""Who waits for everything to be stored, and when the whole is compared."""

from pathlib import Path

import pytest

from orquestrador.watching import Comparisons, Cookies, Waiting


class Promise:
    def __init__(self) -> None:
        self.answers: list[object] = []

    def set(self, value: object = None) -> None:
        self.answers.append(value)

    def fail(self, error: BaseException) -> None:
        self.answers.append(error)


@pytest.fixture
def cookies(tmp_path: Path) -> Cookies:
    return Cookies(tmp_path / "cookies")


def written(cookies: Cookies) -> list[str]:
    return sorted(each.name for each in cookies.folder.iterdir())


def test_nobody_is_answered_before_the_cookie_was_seen(cookies: Cookies) -> None:
    waiting, promise = Waiting(), Promise()
    waiting.add(promise, None, cookies, 1)
    waiting.answer(None, lambda: "stored")
    assert not promise.answers

    (name,) = written(cookies)
    waiting.see(name, 5.0, cookies)
    assert written(cookies) == []
    waiting.answer(5.0, lambda: "stored")
    assert not promise.answers, "what is as old as the cookie comes first"

    waiting.answer(5.1, lambda: "stored")
    assert promise.answers == ["stored"]
    assert not len(waiting)


def test_polling_takes_a_second_cookie(cookies: Cookies) -> None:
    waiting, promise = Waiting(), Promise()
    waiting.add(promise, None, cookies, 2)
    (first,) = written(cookies)
    waiting.see(first, 5.0, cookies)
    waiting.answer(None, lambda: "stored")
    assert not promise.answers

    (second,) = written(cookies)
    assert second != first
    waiting.see(second, 6.0, cookies)
    waiting.answer(None, lambda: "stored")
    assert promise.answers == ["stored"]


def test_another_observer_takes_another_cookie(
    cookies: Cookies, tmp_path: Path
) -> None:
    waiting, promise = Waiting(), Promise()
    waiting.add(promise, None, None, 1)
    waiting.renew(cookies, 1)
    (name,) = written(cookies)
    waiting.see(name, 5.0, cookies)
    others = Cookies(tmp_path / "others")
    waiting.renew(others, 1)

    waiting.answer(None, lambda: "stored")
    assert not promise.answers
    waiting.see(written(others)[0], 6.0, others)
    waiting.answer(None, lambda: "stored")
    assert promise.answers == ["stored"]


def test_who_waits_no_longer_is_forgotten(cookies: Cookies) -> None:
    waiting = Waiting()
    waiting.add(Promise(), 10.0, cookies, 1)
    waiting.add(Promise(), None, cookies, 1)
    waiting.forget_late(10.0)

    assert len(waiting) == 1


def test_a_cookie_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    waiting, promise = Waiting(), Promise()
    waiting.add(promise, None, Cookies(tmp_path / "file"), 1)

    (answer,) = promise.answers
    assert isinstance(answer, OSError)
    assert not len(waiting)


def test_cookies_of_a_process_that_was_killed_are_removed(cookies: Cookies) -> None:
    cookies.write()
    (cookies.folder / "note.txt").touch()
    Cookies(cookies.folder)

    assert written(cookies) == ["note.txt"]


def test_one_comparison_is_under_way_and_one_more_wanted() -> None:
    found = Comparisons()
    assert not found.may_begin(9.0)
    found.want(3.0)
    found.want(4.0)
    assert found.may_begin(9.0)
    found.begin("a")
    found.want(5.0)

    assert not found.may_begin(9.0)
    assert found.oldest() == 3.0
    assert not found.end("somebody else's", failed=False)
    assert found.end("a", failed=False)
    assert found.oldest() == 5.0
    found.hold(9.5)
    assert not found.may_begin(9.4)
    assert found.may_begin(9.5)


def test_a_comparison_that_failed_is_wanted_still_and_as_old_as_before() -> None:
    found = Comparisons()
    found.want(3.0)
    found.begin("a")
    found.end("a", failed=True)

    assert found.may_begin(9.0)
    assert found.oldest() == 3.0
    found.begin("b")
    found.end("b", failed=False)
    assert found.oldest() is None
    assert not found.outstanding
