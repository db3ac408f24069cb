"""The page's shell in a real browser: its views, keyboard, words and files."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route

import orquestrador.interface.web
from tests.web.browser.conftest import Running, opened

STATIC = Path(orquestrador.interface.web.__file__).parent / "static"
SCHEMES = ("light", "dark")


def test_the_page_shows_the_figures_and_says_that_it_is_live(
    page: Page, system: Running
) -> None:
    page.wait_for_selector("#status .connection.good")
    page.wait_for_function(
        "() => /^4.4$/.test(document.querySelector('.figures > :nth-child(5) dd')"
        "?.textContent ?? '')"
    )

    assert page.inner_text(".library") == str(system.library)
    assert re.fullmatch("Now . orquestrador", page.title())


def test_views_are_reached_by_keyboard_and_take_the_focus(page: Page) -> None:
    links = page.query_selector_all("#views a")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.tagName") == "H1"

    links[-1].focus()
    page.keyboard.press("Enter")

    page.wait_for_selector("main h1:focus")
    assert page.get_attribute("#views a[aria-current=page]", "data-view") == links[
        -1
    ].get_attribute("data-view")
    assert page.inner_text("h1:focus") == links[-1].inner_text()


def test_an_address_that_means_nothing_shows_how_things_are(page: Page) -> None:
    page.evaluate("location.hash = '#/nothing/%zz?x'")

    page.wait_for_selector("main .view.now")


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_view_is_accessible_and_fits_a_phone(
    chromium: Browser, system: Running, axe: Callable[[Page], list[str]], scheme: str
) -> None:
    phone = {"width": 360, "height": 800}
    with opened(chromium, system, viewport=phone, color_scheme=scheme) as page:
        names = page.eval_on_selector_all(
            "#views a", "links => links.map(each => each.dataset.view)"
        )
        for name in names:
            page.evaluate("name => { location.hash = `#/${name}`; }", name)
            page.wait_for_selector(f"main .view.{name}")
            page.wait_for_selector(f"main .view.{name} > *", state="attached")
            assert "\n".join(axe(page)) == "", name
            width = page.evaluate("document.documentElement.scrollWidth")
            assert width <= 360, name


def test_the_page_speaks_the_language_of_the_place(
    chromium: Browser, system: Running
) -> None:
    words = {
        "language": "pt-BR",
        "texts": {"Now": "Agora"},
        "plurals": {},
        "labels": {},
    }

    def speak(route: Route) -> None:
        route.fulfill(json=words)

    with opened(chromium, system) as page:
        page.route("**/words.json", speak)
        page.reload()
        page.wait_for_selector("main h1[tabindex]")

        assert page.inner_text("main h1") == "Agora"
        assert "," in page.inner_text(".figures > :first-child dd")


@pytest.mark.parametrize(
    "path",
    sorted(each for each in STATIC.rglob("*.js") if "vendor" not in each.parts),
    ids=lambda path: path.name,
)
def test_no_script_reads_text_as_html_or_code_or_asks_elsewhere(path: Path) -> None:
    text = path.read_text("utf-8")

    refused = (
        r"\.(inner|outer)HTML|insertAdjacentHTML|document\.write|DOMParser|"
        r"\beval\b|new Function|setHTML|createContextualFragment|"
        r"https?://|localStorage|sessionStorage|document\.cookie"
    )
    assert not re.search(refused, text)
