"""What every answer tells a browser, and what the page's own files leave undone."""

import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest

from orquestrador.interface.web.api.reports import POLICY
from orquestrador.interface.web.figures import Figures
from orquestrador.interface.web.headers import HEADERS
from tests.web.conftest import Answer, Client
from tests.web.security.conftest import House

STATIC = Path(str(files("orquestrador.interface.web") / "static"))
TEMPLATES = STATIC.parent / "templates"


def _answers(house: House) -> Iterator[tuple[int, Answer]]:
    """Yield the code that is meant, and the answer."""
    for path in (each.path for each in house.addresses):
        if path != "/api/v1/events":
            yield 0, house.ask(path)
        yield 0, house.ask(path, "HEAD")
    yield 303, Client(house.orq.page_link()).enter()
    yield 401, house.stranger().send("/")
    yield 401, house.stranger().send("/api/v1/events")
    yield 403, house.stranger().send("/enter?key=x")
    yield 403, house.ask("/", origin="null")
    yield 403, house.ask("/api/v1/runs", "POST", origin="null")
    yield 404, house.ask("/static/none.js")
    yield 404, house.ask("/api/v1/none")
    yield 405, house.ask("/", "PUT")
    yield 405, house.ask("/api/v1/status", "DELETE")
    yield 413, house.ask("/api/v1/runs", "POST", " " * 300_000)
    yield 415, house.ask("/api/v1/runs", "POST", content_type="text/plain")
    yield 421, house.ask("/", host="evil.example")
    yield 400, house.ask("/", host="a\nb")
    yield (
        422,
        house.ask(
            "/api/v1/labels",
            "POST",
            '{"path": "Scripts/Fecha tudo.mq4", "primary": "x"}',
        ),
    )


def test_every_answer_says_what_a_browser_may_do_with_it(house: House) -> None:
    """SEC: headers."""
    codes = set[int]()
    for meant, answer in _answers(house):
        codes.add(answer.code)
        assert meant in {0, answer.code}, answer
        is_report = "sandbox" in answer.headers["content-security-policy"]
        assert not is_report
        for name, value in HEADERS.items():
            assert answer.headers[name.lower()] == value, answer
        assert "server" not in answer.headers
        assert "access-control-allow-origin" not in answer.headers
    assert {200, 303, 400, 401, 403, 404, 405, 413, 415, 421, 422} <= codes


def test_also_an_answer_that_went_wrong_says_it(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SEC: headers."""

    def fail(_self: Figures) -> str:
        raise ZeroDivisionError("a mistake of ours")

    monkeypatch.setattr(Figures, "exposition", fail)
    answer = house.ask("/metrics")
    assert answer.code == 500
    assert "ZeroDivision" not in answer.text
    for name, value in HEADERS.items():
        assert answer.headers[name.lower()] == value


def test_the_policy_lets_nothing_in_from_elsewhere() -> None:
    """SEC: policy."""
    policy = HEADERS["Content-Security-Policy"]
    rules = dict(each.strip().split(" ", 1) for each in policy.split(";"))
    assert rules.pop("default-src") == "'none'"
    for name in ("base-uri", "form-action", "frame-ancestors", "trusted-types"):
        assert rules.pop(name) == "'none'"
    assert rules.pop("require-trusted-types-for") == "'script'"
    # From here, and nothing that stands in the page itself.
    assert set(rules.values()) == {"'self'"}


def test_a_report_is_shown_where_it_knows_nothing_of_the_page(house: House) -> None:
    """SEC: policy_report."""
    answer = house.ask("/api/v1/reports/file?kind=full&format=html")
    assert answer.code == 200
    assert answer.headers["content-security-policy"] == POLICY
    assert POLICY.startswith("sandbox ")
    for word in ("allow-same-origin", "allow-top", "allow-popups", "connect-src"):
        assert word not in POLICY
    assert answer.headers["x-content-type-options"] == "nosniff"


_MADE_OF_TEXT = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|createContextualFragment"
    r"|DOMParser|srcdoc|setHTML|\beval\s*\(|new\s+Function|setTimeout\s*\(\s*[\"'`]"
    r"|setInterval\s*\(\s*[\"'`]|javascript:|\.on[a-z]+\s*="
)


@pytest.mark.parametrize(
    "path",
    [each for each in STATIC.rglob("*.js") if each.parent.name != "vendor"],
    ids=lambda path: path.relative_to(STATIC).as_posix(),
)
def test_no_script_makes_a_page_or_a_program_of_text(path: Path) -> None:
    """SEC: sources."""
    assert not _MADE_OF_TEXT.findall(path.read_text(encoding="utf-8"))


def test_nothing_is_run_that_stands_in_the_page_itself() -> None:
    """SEC: sources."""
    for path in TEMPLATES.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert not re.findall(r"<script(?![^>]*\bsrc=)", text)
        assert not re.findall(r"\son[a-z]+\s*=|javascript:|<style|\sstyle=", text)
        assert not re.findall(r"\|\s*safe|autoescape", text)
        assert not re.findall(r"(?:src|href|action)=[\"']?(?:https?:)?//", text)
