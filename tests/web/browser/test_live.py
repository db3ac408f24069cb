"""The page while the system works: what changes is seen, what is ordered is done."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route

from tests.web.browser.conftest import (
    HOSTILE,
    PATIENCE_MS,
    Running,
    Seen,
    opened,
    started,
)

GRID = "void OnTick() { OrderSend(NULL, 0, 1, Ask, 3, 0, 0); }\n"


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def answered(page: Page, start: str) -> str:
    """Wait for an answer to an order; return it without its time."""
    found = page.locator(".answers li", has_text=start).first
    found.wait_for()
    text: str = found.inner_text()
    return text[text.index(start) :]


@pytest.fixture
def many(system: Running) -> Iterator[int]:
    """Many files that are new, of which the system is not told."""
    folder = system.library / "many"
    folder.mkdir()
    for number in range(400):
        (folder / f"{number}.mq4").write_text(GRID + f"// {number}\n" * 200, "utf-8")
    yield 400
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()


def test_a_run_is_ordered_followed_and_its_end_is_told(page: Page, many: int) -> None:
    # Whatever the bar has shown is kept: a run may be over between two looks.
    page.evaluate(
        """() => {
            window.shown = [];
            const bar = document.querySelector(".progress");
            new MutationObserver(() => window.shown.push(bar.innerText))
              .observe(bar, { subtree: true, childList: true, characterData: true });
        }"""
    )

    press(page, "Classify")

    assert "files" in answered(page, "Classified: ")
    shown = "\n".join(page.evaluate("window.shown"))
    assert " of " in shown
    assert "files (" in shown
    page.wait_for_selector(".progress", state="hidden")


def test_the_work_is_paused_and_goes_on_by_keyboard(page: Page) -> None:
    pause = page.get_by_role("button", name="Pause")
    pause.focus()
    page.keyboard.press("Enter")
    page.get_by_text("The work is paused.").wait_for()
    resume = page.get_by_role("button", name="Resume")
    page.wait_for_function("document.activeElement.textContent === 'Resume'")
    page.evaluate("location.hash = '#/actors'")
    row = page.locator("tr", has=page.locator("th", has_text="classifier"))
    row.get_by_text("suspended").wait_for()

    page.evaluate("location.hash = '#/now'")
    resume.click()

    answered(page, "The work goes on.")
    page.get_by_text("The work is paused.").wait_for(state="detached")


def test_a_backup_is_ordered_and_its_snapshot_is_told(
    page: Page, system: Running
) -> None:
    (system.library / "more.mq4").write_text(GRID, "utf-8")

    press(page, "Back up")

    # Or the watcher was faster, and it is in the snapshot of its run.
    page.locator(".answers li", has_text="napshot").first.wait_for()
    page.wait_for_function(
        "() => /was taken: |Nothing has changed/.test("
        "document.querySelector('.answers').textContent)"
    )


def test_an_actor_s_crash_and_restart_are_seen_as_they_happen(
    chromium: Browser, system: Running
) -> None:
    with opened(chromium, system, "#/actors") as page:
        name = page.locator("tr", has=page.locator("th", has_text="fragile"))
        name.wait_for()
        before = int(name.locator("td").nth(5).inner_text())

        system.crash()

        page.locator(".news .bad", has_text="fragile: failed: RuntimeError").wait_for()
        page.locator(".news .good", has_text="fragile is there again").wait_for()
        # What an actor says is text, whatever it is.
        page.locator(".failure", has_text="<b>fell</b> as it was told").wait_for()
        page.wait_for_function(
            """([name, restarts]) => [...document.querySelectorAll("tbody tr")].some(
                (row) => row.firstElementChild.textContent === name
                    && Number(row.children[6].textContent) === restarts)""",
            arg=["fragile", before + 1],
        )


def test_an_alert_is_acknowledged_and_silenced(
    chromium: Browser, system: Running
) -> None:
    """With an alert that is made to fire in the status document alone."""
    noted: list[tuple[str, Any]] = []

    def status(route: Route) -> None:
        document = route.fetch().json()
        alert = document["metrics"]["alerts"][0]
        alert |= {"standing": "firing", "value": 97.0, "since": 1.8e9}
        for path, _body in noted:
            if path.endswith("acknowledge"):
                alert["acknowledged"] = True
        route.fulfill(json=document)

    def order(route: Route) -> None:
        noted.append((route.request.url, route.request.post_data_json))
        route.continue_()

    with opened(chromium, system) as page:
        page.route("**/api/v1/status", status)
        page.route("**/api/v1/alerts/*", order)
        page.evaluate("location.hash = '#/alerts'")
        row = page.locator(".alerts li.firing")
        row.wait_for()
        rule = row.locator("h2").inner_text()

        row.get_by_role("button", name="Acknowledge").click()
        page.get_by_text(f"{rule}: acknowledged, until it ends.").wait_for()
        found = page.locator(".alerts li", has_text="firing, acknowledged")
        found.wait_for()
        found.locator("select").select_option("86400")
        found.get_by_role("button", name="Silence").click()
        page.get_by_text(f"{rule}: nobody is told of it for 24 h.").wait_for()
        found.get_by_role("button", name="End the silence").click()
        page.get_by_text(f"{rule}: people are told of it again.").wait_for()

    assert [body.get("seconds") for _url, body in noted] == [None, 86400, 0]


def test_what_the_log_says_is_shown_by_level_and_actor(
    chromium: Browser, system: Running
) -> None:
    with opened(chromium, system, "#/log") as page:
        system.crash()
        page.locator(".lines li", has_text="fragile").first.wait_for()

        page.get_by_label("Least level").select_option("error")

        page.wait_for_function(
            """() => {
                const lines = [...document.querySelectorAll(".lines .level")];
                return lines.length > 0 && lines.every(
                    (each) => ["error", "critical"].includes(each.textContent));
            }"""
        )
        assert "level=error" in page.evaluate("location.hash")


def test_the_charts_have_their_figures_as_a_table(page: Page) -> None:
    chart = page.locator(".chart").first
    chart.locator("canvas").wait_for()

    chart.get_by_text("The same as a table").click()

    chart.locator("tbody tr th").first.wait_for()
    assert chart.locator("thead th").all_inner_texts()[1:] == ["classifier", "catalog"]


def test_an_order_that_is_refused_is_said(page: Page) -> None:
    def refuse(route: Route) -> None:
        route.fulfill(
            status=503,
            content_type="application/problem+json",
            body='{"title": "<i>No</i>", "status": 503, "detail": "not just now"}',
        )

    page.route("**/api/v1/runs", refuse)

    press(page, "Classify")

    page.get_by_role("alert").get_by_text("<i>No</i>").wait_for()
    answered(page, "The library is being classified … It was not taken.")
    press(page, "Close")
    assert page.get_by_role("alert").inner_text() == ""


def test_a_hidden_page_asks_nothing_and_an_open_one_goes_on(page: Page) -> None:
    page.wait_for_selector("#status .connection.good")
    turn = """(state) => {
        const hidden = { value: state === "hidden", configurable: true };
        Object.defineProperty(document, "hidden", hidden);
        document.dispatchEvent(new Event("visibilitychange"));
    }"""
    page.evaluate(turn, "hidden")
    # What was under way ends; nothing is begun after it.
    page.wait_for_timeout(500)
    seen = Seen()
    seen.mind(page)
    page.wait_for_timeout(3000)
    assert seen.requests == []

    with page.expect_request("**/api/v1/events"):
        page.evaluate(turn, "visible")


def test_a_lost_connection_is_said_and_so_is_that_it_is_back(
    chromium: Browser, tmp_path: Path
) -> None:
    with started(tmp_path) as system, opened(chromium, system) as page:
        page.wait_for_selector("#status .connection.good")
        banner = page.get_by_role("status").first

        system.stop()

        banner.get_by_text("The connection is lost").wait_for()
        page.wait_for_selector("#status .connection.bad")
        system.start()
        # It is another process, whose link has to be followed.
        banner.get_by_text("run `orquestrador open page`").wait_for()
        window = page.context.new_page()
        window.goto(system.link())
        window.close()
        banner.get_by_text("The connection is back.").wait_for(timeout=PATIENCE_MS)
        page.wait_for_selector("#status .connection.good")


def test_a_hostile_name_is_text_also_while_it_is_classified(
    chromium: Browser, system: Running
) -> None:
    run = {
        "token": "x",
        "run": 7,
        "files": 4000,
        "looked_at": 1001,
        "settled": 1000,
        "classified": 10,
        "problems": 2,
        "current": HOSTILE,
    }

    def status(route: Route) -> None:
        route.fulfill(json=route.fetch().json() | {"run": run})
        run["settled"] = 2000

    with opened(chromium, system) as page:
        page.route("**/api/v1/status", status)

        page.locator(".current", has_text=HOSTILE).wait_for()
        words = page.locator(".progress-words")
        words.get_by_text("2,000 of 4,000 files (50 %)").wait_for()
        words.get_by_text("files a second").wait_for()
        words.get_by_text("left").wait_for()
        assert "2 problems" in words.inner_text()
        assert page.locator("img").count() == 0
