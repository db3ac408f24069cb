"""The table of all files in a real browser: what is found, drawn, and only text."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from orquestrador.interface.translation import choose
from orquestrador.messages import Label, Record
from orquestrador.reports import ReportData, write_report

sync_api = pytest.importorskip("playwright.sync_api")

RecordOf = Callable[..., Record]
ReportOf = Callable[..., ReportData]
EVIL = (
    "<img src=x onerror=alert(1)>.mq4",
    "</script><script>alert(1)</script>.mq4",
    "two\nlines.mq4",
    "\u202egnp.mq4",
    "=cmd().mq4",
)
PATIENCE_MS = 20_000
FILES = 600


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    names = ("chromium", "chromium-browser", "google-chrome")
    path = next(filter(None, map(shutil.which, names)), None)
    if path is None:
        if os.environ.get("REQUIRE_BROWSER") == "1":
            pytest.fail("there is no Chromium, and REQUIRE_BROWSER=1 wants one")
        pytest.skip("there is no Chromium; REQUIRE_BROWSER=1 makes that a failure")
    # Its sandbox needs rights that containers do not give.
    arguments = ["--no-sandbox", "--disable-dev-shm-usage"]
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=arguments)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def report(
    tmp_path_factory: pytest.TempPathFactory,
    report_of: ReportOf,
    record_of: RecordOf,
    label_of: Callable[..., Label],
) -> Path:
    """A full report of experts with a stop and without, and of hostile names."""
    records = [
        record_of(
            f"EAs/{number % 7}/robo {number:04}.mq4",
            sha256=f"{number // 2:064x}",
            primary="grid" if number % 4 < 2 else "breakout",
            strategies=(),
            symbols=("XAUUSD",) if number % 8 < 2 else ("EURUSD",),
            risk=(label_of("no_stop_loss" if number % 4 < 2 else "stop_loss"),),
            size=1000 + number,
        )
        for number in range(FILES - len(EVIL))
    ]
    records += [
        record_of(f"hostil/{name}", kind="indicator", risk=(), symbols=(name,))
        for name in EVIL
    ]
    data = report_of(*records, kind="full")
    (path,) = write_report(
        data, tmp_path_factory.mktemp("report"), choose("pt_BR", {}), ["html"]
    )
    return path


class _Seen:
    """What a tab does besides what is looked at."""

    def __init__(self) -> None:
        self.happened: list[str] = []

    def error(self, error: Any) -> None:
        self.happened.append(f"error: {error}")

    def console(self, message: Any) -> None:
        self.happened.append(f"console: {message.text}")

    def dialog(self, dialog: Any) -> None:
        self.happened.append("dialog")
        dialog.dismiss()

    def request(self, request: Any) -> None:
        self.happened.append(str(request.url))


@pytest.fixture
def page(chromium: Any, report: Path) -> Iterator[Any]:
    """The report, opened as a file; whatever goes wrong in it fails the test."""
    window = chromium.new_context(viewport={"width": 1200, "height": 900})
    window.set_default_timeout(PATIENCE_MS)
    page = window.new_page()
    seen = _Seen()
    page.on("pageerror", seen.error)
    page.on("console", seen.console)
    page.on("dialog", seen.dialog)
    page.on("request", seen.request)
    page.goto(report.as_uri())
    page.wait_for_selector("#files .name")
    yield page
    window.close()
    assert seen.happened == [report.as_uri()]


def _count(page: Any) -> str:
    return str(page.inner_text("#files [role=status]"))


def _choose(page: Any, facet: str, text: str) -> None:
    place = f"#files [data-facet={facet}]"
    value = page.eval_on_selector(
        place,
        "(select, text) => [...select.options].find("
        "each => each.textContent.startsWith(text)).value",
        text,
    )
    page.select_option(place, value)


def test_words_and_facets_narrow_the_table_and_count_what_is_left(page: Any) -> None:
    assert _count(page) == "600 de 600 arquivos"

    page.fill("#files input[type=search]", "ROBÓ 00")
    assert _count(page) == "105 de 600 arquivos"
    _choose(page, "symbol", "XAUUSD")
    assert _count(page) == "28 de 600 arquivos"
    _choose(page, "label", "Opera sem stop loss")
    assert _count(page) == "28 de 600 arquivos"
    page.check("#files input[type=checkbox]")
    assert _count(page) == "15 de 600 arquivos"

    page.click("#files button[type=reset]")
    cleared = page.locator("#files [role=status]", has_text="600 de 600 arquivos")
    cleared.wait_for()


def test_a_choice_says_how_many_files_it_would_find(page: Any) -> None:
    _choose(page, "symbol", "XAUUSD")

    options = page.eval_on_selector_all(
        "#files [data-facet=label] option:not([hidden])",
        "all => all.map(each => each.textContent)",
    )

    assert options == ["Todos", "Opera sem stop loss (150)"]


def test_only_what_is_seen_is_drawn_and_scrolling_draws_the_rest(page: Any) -> None:
    assert 10 < page.locator("#files .name").count() < 60
    assert page.get_attribute("#files table", "aria-rowcount") == "601"

    page.eval_on_selector("#files .view", "view => { view.scrollTop = 1e9; }")
    page.wait_for_selector("#files tr[aria-rowindex='601']")

    assert page.locator("#files .name").count() < 60
    assert page.inner_text("#files tr[aria-rowindex='601'] .folder") == "hostil"


def test_a_column_s_head_sorts_both_ways(page: Any) -> None:
    head = "#files th:has([data-sort=size])"
    names = "#files .name"

    page.click(f"{head} button")
    assert page.get_attribute(head, "aria-sort") == "ascending"
    assert page.locator(names).first.inner_text() == "robo 0000.mq4"
    page.click(f"{head} button")
    assert page.get_attribute(head, "aria-sort") == "descending"
    assert page.locator("#files .name").first.inner_text() != "robo 0000.mq4"


def test_a_file_shows_everything_and_its_copies_by_keyboard(page: Any) -> None:
    page.fill("#files input[type=search]", "robo 0000")
    page.focus("#files .name")
    page.keyboard.press("Enter")

    text = page.inner_text("dialog")
    assert "EAs/0/robo 0000.mq4" in text
    assert "Opera sem stop loss" in text
    assert "EAs/1/robo 0001.mq4" in text
    page.keyboard.press("Escape")
    assert not page.is_visible("dialog")


def test_a_hostile_name_is_text(page: Any) -> None:
    page.fill("#files input[type=search]", "hostil")

    assert _count(page) == "5 de 600 arquivos"
    names = page.locator("#files .name").all_inner_texts()
    folders = page.locator("#files .folder").all_inner_texts()
    shown = {f"{folder}/{name}" for folder, name in zip(folders, names, strict=True)}
    assert shown == {
        "hostil/<img src=x onerror=alert(1)>.mq4",
        "hostil/</script><script>alert(1)</script>.mq4",
        "hostil/two\\nlines.mq4",
        "hostil/\\u202egnp.mq4",
        "hostil/=cmd().mq4",
    }
    page.locator("#files .name").first.click()
    assert page.locator("dialog img, dialog script").count() == 0
    assert page.locator("img").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_report_keeps_the_accessibility_rules(page: Any, scheme: str) -> None:
    from axe_playwright_python.sync_playwright import Axe  # noqa: PLC0415 -- with a browser only

    page.emulate_media(color_scheme=scheme)

    found = Axe().run(page).response["violations"]
    assert [(each["id"], each["nodes"][0]["html"]) for each in found] == []


def test_on_a_phone_nothing_is_wider_than_the_screen(page: Any) -> None:
    page.set_viewport_size({"width": 360, "height": 740})

    wide = page.evaluate(
        "[document.documentElement.scrollWidth,"
        " document.querySelector('#files .view').scrollWidth"
        " - document.querySelector('#files .view').clientWidth]"
    )
    assert wide[0] <= 360
    assert wide[1] <= 1
