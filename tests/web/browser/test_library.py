"""The library's views in a real browser: every function, driven by its controls."""

import os
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.web.browser.conftest import HOSTILE, Running, opened

sync_api = pytest.importorskip("playwright.sync_api")

SYMBOLS = "Robôs baixados/vip/FTMO Ready Gold PRO.mq5"


@pytest.fixture(scope="module")
def kept(system: Running) -> Running:
    """The system, with all files classified, a snapshot and a change since."""
    system.running.classify(backup=False, report=False).result(timeout=60)
    system.running.backup(timeout=60)
    (system.library / "mudou.mq4").write_text("int OnInit() { return 1; }\n", "utf-8")
    system.running.backup(timeout=60)
    return system


@pytest.fixture
def wide(chromium: Any, kept: Running) -> Iterator[Any]:
    size = {"width": 1200, "height": 900}
    with opened(chromium, kept, viewport=size) as found:
        yield found


def _go(page: Any, address: str, ready: str) -> None:
    page.evaluate("hash => { location.hash = hash; }", address)
    page.wait_for_selector(ready)


def _hash(page: Any) -> str:
    return str(page.evaluate("location.hash"))


def _file(page: Any, path: str) -> None:
    page.evaluate(
        "path => { location.hash = `#/file/${encodeURIComponent(path)}`; }", path
    )
    page.wait_for_selector(".view.file .source li")


# -- search ----------------------------------------------------------------------------


def test_gold_experts_without_a_stop_loss_are_a_few_clicks_away(wide: Any) -> None:
    _go(wide, "#/search", ".count")

    for group, name in (
        ("Kind", "Expert Advisor"),
        ("Symbol", "XAUUSD"),
        ("Strategy", "Martingale"),
        ("Dangers", "Trades without a stop loss"),
    ):
        button = wide.locator(f'.facet[aria-label="{group}"] button', has_text=name)
        said = button.locator(".number").inner_text()
        button.click()
        wide.wait_for_function(
            "count => document.querySelector('.found').textContent.startsWith(count)",
            arg=f"{said} file",
        )
        # Two of them may find as many files: the count alone need not have changed.
        button.and_(wide.locator('[aria-pressed="true"]')).wait_for()

    assert _hash(wide) == (
        "#/search?kind=expert&symbol=XAUUSD&strategy=martingale&risk=no_stop_loss"
    )
    assert SYMBOLS in wide.locator(".results tbody a").all_inner_texts()
    # What stands in the address can be kept, and come back to.
    wide.reload()
    wide.wait_for_selector(".results tbody a")
    assert wide.locator(".chip").count() == 4
    wide.locator(".chip", has_text="Martingale").click()
    wide.wait_for_function("() => document.querySelectorAll('.chip').length === 3")
    assert "martingale" not in _hash(wide)


def test_every_filter_of_the_form_stands_in_the_address(wide: Any) -> None:
    _go(wide, "#/search", ".count")
    wide.locator("details.more summary").click()
    form = wide.locator("form[role=search]")
    for name, value in (
        ("kind", "expert"),
        ("language", "mql4"),
        ("prop_firm", "unsuitable"),
        ("timeframe", "M5"),
        ("duplicates", "near"),
        ("changed", "86400"),
        ("strategy", "grid"),
        ("strategy", "martingale"),
        ("risk", "no_stop_loss"),
        ("no_risk", "stop_loss"),
        ("hygiene", "dll_import"),
    ):
        form.locator(f"[name={name}]").select_option(value)
    form.locator("[name=symbol_exact]").check()
    form.locator("[name=missing_include]").check()
    for name in ("words", "symbol", "author", "text", "includes"):
        form.locator(f"[name={name}]").fill(f"{name} x")
    form.locator("[name=words]").press("Enter")

    wide.wait_for_function("() => document.querySelectorAll('.chip').length === 18")
    wide.wait_for_function(
        "() => document.querySelector('.found').textContent === '0 files found'"
    )
    for said in (
        "strategy=grid&strategy=martingale",
        "no_risk=stop_loss",
        "text=text+x",
    ):
        assert said in _hash(wide)


def test_results_come_page_by_page(wide: Any) -> None:
    def answer(route: Any) -> None:
        found = re.search(r"offset=(\d+)", route.request.url)
        assert found is not None
        files = [_line(f"{int(found[1]) + number:03}.mq4") for number in range(50)]
        route.fulfill(json={"total": 120, "files": files})

    wide.route("**/api/v1/files?*", answer)
    _go(wide, "#/search", ".pages")
    wide.get_by_role("button", name="On", exact=True).click()

    wide.wait_for_selector("text=050.mq4")
    assert _hash(wide) == "#/search?page=2"
    assert "Page 2 of 3" in wide.inner_text(".pages")
    wide.get_by_role("button", name="Back", exact=True).click()
    wide.wait_for_selector("text=000.mq4")
    back = wide.get_by_role("button", name="Back", exact=True)
    assert back.get_attribute("aria-disabled") == "true"


def _line(path: str) -> dict[str, Any]:
    return {
        "path": path,
        "size": 1,
        "language": "mql4",
        "kind": "expert",
        "primary": None,
        "strategies": [],
        "risk": [],
        "hygiene": [],
        "symbols": [],
        "timeframes": [],
        "sha256": "0" * 64,
    }


# -- a file ----------------------------------------------------------------------------


def test_a_label_leads_to_its_line(wide: Any) -> None:
    _file(wide, SYMBOLS)
    label = wide.locator(".label.bad .line").first
    line = label.inner_text().removeprefix("line ")

    label.focus()
    wide.keyboard.press("Enter")

    wide.wait_for_selector(f"#line{line}:focus")
    marked = wide.locator(f"#line{line}")
    assert marked.locator("mark").inner_text()
    assert marked.locator(".margin").inner_text()
    first = wide.locator(".labels > section").first
    assert first.get_attribute("aria-label") == "Dangers"


def test_a_file_s_past_copies_and_reasons_are_told(wide: Any) -> None:
    _file(wide, "Experts/Grid Ouro v2.4.mq4")

    wide.wait_for_selector("section[aria-labelledby=copies] tbody tr >> nth=1")
    wide.wait_for_selector("section[aria-labelledby=history] tbody tr")
    wide.locator("section[aria-labelledby=why] summary").click()
    wide.wait_for_selector(".voices li")
    wide.get_by_role("button", name="Restore beside").first.click()
    wide.wait_for_selector("text=1 file written to")


def test_a_correction_is_made_and_taken_away(wide: Any) -> None:
    path = "Experts/Cruzamento com stop fantasma.mq4"
    _file(wide, path)
    form = wide.locator("form.correction")
    form.get_by_role("button", name="Correct").click()
    wide.wait_for_selector("text=Say first what is to be corrected.")
    form.locator("[name=primary]").select_option("news")
    form.locator("[name=symbol]").fill("XAUUSD")
    form.locator("[name=note]").fill("<b>eu sei</b>")
    form.get_by_role("button", name="Correct").click()

    wide.wait_for_selector("text=It is corrected.")
    assert "<b>eu sei</b>" in wide.inner_text("section[aria-labelledby=correct]")
    wide.wait_for_function(
        "() => document.querySelector('.labels').textContent.includes('News')"
    )
    wide.get_by_role("button", name="Take the correction away").click()
    wide.wait_for_selector("text=You have corrected nothing of it.")
    wide.wait_for_function(
        "() => !document.querySelector('.labels').textContent.includes('News')"
    )


@pytest.mark.skipif(os.name == "nt", reason="no such names there")
def test_a_hostile_file_is_text(wide: Any) -> None:
    _file(wide, HOSTILE)

    assert wide.inner_text("main h1") == HOSTILE
    assert "</script><script>alert(2)" in wide.inner_text("#line1")
    assert wide.locator("main script, main img").count() == 0
    _go(wide, "#/search?words=onerror", ".results tbody a")
    assert HOSTILE in wide.locator(".results tbody a").all_inner_texts()


def test_a_file_that_is_not_there_is_said_so(wide: Any) -> None:
    _go(wide, "#/file/..%2F..%2Fetc%2Fpasswd", "#problem strong")

    assert "There is no such thing" in wide.inner_text("#problem")


# -- snapshots -------------------------------------------------------------------------


def test_what_changed_is_told_and_looked_at_before_it_is_restored(
    wide: Any, kept: Running
) -> None:
    _go(wide, "#/snapshots", ".view.snapshots tbody tr")
    changed = kept.library / "mudou.mq4"
    before = changed.read_bytes()
    changed.write_bytes(before + b"// <i>more</i>\n")
    restore = wide.locator("section[aria-labelledby=restore]")

    wide.locator("[name=old]").select_option(index=0)
    wide.locator("[name=path]").first.fill("mudou.mq4")
    wide.locator("[name=text]").check()
    wide.get_by_role("button", name="Compare").click()
    wide.wait_for_selector("text=1 changed")
    assert "+// <i>more</i>" in wide.inner_text(".diff pre")
    assert "path=mudou.mq4" in _hash(wide)

    restore.locator("[name=path]").fill("mudou.mq4")
    restore.get_by_role("button", name="What would it do?").click()
    wide.wait_for_selector("text=1 are different now")
    restore.get_by_role("button", name="Write into the library").click()
    wide.wait_for_selector("text=Tick first that your library itself is meant.")
    restore.locator("[name=confirm]").check()
    restore.locator("[name=force]").check()
    restore.get_by_role("button", name="Write into the library").click()
    wide.wait_for_selector("text=1 file written to")
    assert changed.read_bytes() == before
    restore.get_by_role("button", name="Take the last restore back").click()
    wide.wait_for_function(
        "() => document.querySelector('#compare') && "
        "!document.querySelector('main [role=status]').textContent.includes('…')"
    )
    assert b"more" in changed.read_bytes()
    changed.write_bytes(before)

    restore.get_by_role("button", name="Into a new folder").click()
    wide.wait_for_selector("text=library restored")
    beside = list(kept.library.parent.glob("library restored *"))
    assert any((each / "mudou.mq4").exists() for each in beside)


def test_a_snapshot_is_taken_and_all_are_checked(wide: Any) -> None:
    _go(wide, "#/snapshots", ".view.snapshots tbody tr")

    wide.get_by_role("button", name="Check every byte").click()
    wide.wait_for_selector("text=: sound.")
    wide.get_by_role("button", name="Back up").click()
    wide.wait_for_selector(
        "text=/A snapshot was taken|Nothing has changed since the newest/"
    )


# -- reports ---------------------------------------------------------------------------


def test_a_report_is_written_and_opened_in_an_origin_of_its_own(wide: Any) -> None:
    _go(wide, "#/reports", ".view.reports form")
    wide.locator("[name=kind]").select_option("full")
    wide.get_by_role("checkbox", name="CSV", exact=True).check()
    wide.get_by_role("button", name="Write the report").click()
    wide.wait_for_selector("text=The report is written.")
    wide.wait_for_selector("tbody tr:has-text('Full'):has-text('CSV')")

    with wide.context.expect_page() as opening:
        wide.get_by_role("link", name="Open: Full, HTML").click()
    report = opening.value
    report.wait_for_load_state()
    assert report.evaluate("self.origin") == "null"
    assert report.evaluate("document.querySelectorAll('h1').length") > 0
    with pytest.raises(sync_api.Error):
        report.evaluate("document.cookie")
    report.close()


# -- all of them -----------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_views_are_accessible_and_fit_a_phone(
    chromium: Any, kept: Running, axe: Callable[[Any], list[str]], scheme: str
) -> None:
    size = {"width": 360, "height": 800}
    with opened(chromium, kept, viewport=size, color_scheme=scheme) as page:
        _go(page, "#/search?risk=no_stop_loss", ".results tbody a")
        page.locator("details.more summary").click()
        page.locator("details.narrow summary").click()
        seen = {"search": axe(page)}
        _file(page, SYMBOLS)
        page.wait_for_selector("section[aria-labelledby=kept] tbody tr")
        seen["file"] = axe(page)
        width = page.evaluate("document.documentElement.scrollWidth")
        _go(page, "#/snapshots", ".view.snapshots tbody tr")
        page.get_by_role("button", name="What would it do?").click()
        page.wait_for_selector("text=are the same")
        seen["snapshots"] = axe(page)

        assert {name: "\n".join(each) for name, each in seen.items() if each} == {}
        assert width <= 360
