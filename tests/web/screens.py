"""Pictures of every view of the page: `python -m tests.web.screens docs/screens`.

Runs the whole system on a copy of examples/library, lets something happen, and takes
each view in both languages, by light and in the dark, on a desktop and on a phone:
`<view>-<en|pt_BR>-<light|dark>-<desktop|phone>.png`. Prints what it has written.
"""

import argparse
import io
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from tests.web.browser.conftest import Running, opened, started

# ruff: noqa: T201 -- a command prints

SIZES = {
    "desktop": {"width": 1280, "height": 860},
    "phone": {"width": 390, "height": 844},
}
SCHEMES = ("light", "dark")
LANGUAGES = ("en", "pt_BR")
COLOURS = 96
EDITED = "Experts/Grid Ouro v2.4.mq4"

VIEWS = {
    "now": "#/now",
    "actors": "#/actors",
    "alerts": "#/alerts",
    "log": "#/log",
    "search": "#/search?kind=expert&symbol=XAUUSD",
    "file": f"#/file/{EDITED}",
    "snapshots": "#/snapshots",
    "reports": "#/reports",
}
"""The address of each."""


def main() -> int:
    """Take all pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--language", choices=LANGUAGES, action="append")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    total = 0
    with sync_playwright() as playwright:
        path = shutil.which("chromium") or shutil.which("google-chrome")
        chromium = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        for language in options.language or LANGUAGES:
            with (
                tempfile.TemporaryDirectory() as folder,
                started(Path(folder), language, hostile=False) as system,
            ):
                for name, picture in _pictures(chromium, system, language):
                    (options.folder / name).write_bytes(picture)
                    total += len(picture)
                    print(name, len(picture))
    print(f"{total / 1e6:.1f} MB")
    return 0


def _pictures(
    chromium: Browser, system: Running, language: str
) -> Iterator[tuple[str, bytes]]:
    _let_something_happen(chromium, system)
    for device, size in SIZES.items():
        for scheme in SCHEMES:
            with opened(chromium, system, viewport=size, color_scheme=scheme) as page:
                # Charts have a few seconds to show.
                page.wait_for_timeout(6_000)
                for view, address in VIEWS.items():
                    page.evaluate("hash => { location.hash = hash; }", address)
                    page.wait_for_selector(f"main .view.{view}")
                    # What it asks for has come when nothing is asked any more.
                    page.wait_for_timeout(1_500)
                    _hide_the_place(page, system)
                    yield f"{view}-{language}-{scheme}-{device}.png", _small(page)


def _let_something_happen(chromium: Browser, system: Running) -> None:
    """A snapshot, a change and another one; an actor that fails and comes back."""
    system.running.backup()
    edited = system.library / EDITED
    text = edited.read_bytes()
    edited.write_bytes(text.replace(b"2.4", b"2.5") + b"\r\n// 2.5\r\n")
    system.running.classify(backup=True, report=True).result(timeout=100)
    system.crash()
    with opened(chromium, system, "#/actors") as page:
        page.wait_for_selector("text=fell")


def _hide_the_place(page: Page, system: Running) -> None:
    """Show the library's folder by its name: where it stands is this machine's."""
    page.evaluate(
        """([place, name]) => {
            const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
            while (walk.nextNode()) {
                const text = walk.currentNode;
                if (text.data.includes(place)) {
                    text.data = text.data.replaceAll(place, name);
                }
            }
        }""",
        [str(system.library.parent), "…"],
    )


def _small(page: Page) -> bytes:
    image = Image.open(io.BytesIO(page.screenshot()))
    small = image.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    target = io.BytesIO()
    small.save(target, "PNG", optimize=True)
    return target.getvalue()


if __name__ == "__main__":
    sys.exit(main())
