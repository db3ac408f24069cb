"""A real browser, on the page of a system that `orquestrador run` has started."""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Dialog, Page, sync_playwright

from orquestrador.running import RunningLibrary, find

EXAMPLES = Path(__file__).parents[3] / "examples" / "library"
HOSTILE = "<img src=x onerror=alert(1)> & '\".mq4"
"""The name of a file of the library, and within its source."""

PATIENCE_MS = 60_000
"""A busy machine is slow; what does not come at all is found out all the same."""

# An actor of the user's own, which fails when it finds a certain file.
FELL = "<b>fell</b> as it was told to"
_FRAGILE = """
from pathlib import Path

from orquestrador.messages import Message
from orquestrador.supervisor import Actor, ChildSpec


class Look(Message):
    "Timer tick."


class Fragile(Actor):
    def on_start(self):
        self.timers.start_periodic("look", 0.2, Look())

    def on_receive(self, message):
        crash = Path(__file__).with_name("crash")
        if crash.exists():
            crash.unlink()
            raise RuntimeError("{error}")


spec = ChildSpec(id="fragile", actor=Fragile)
"""


@dataclass
class Running:
    """A system in a process of its own, with a small library."""

    library: Path
    language: str
    plugin: Path
    port: int
    process: Any = None
    known: list[RunningLibrary] = field(default_factory=list[RunningLibrary])

    @property
    def running(self) -> RunningLibrary:
        """The connection to it, as of any other program."""
        return self.known[-1]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def link(self) -> str:
        """Return a way in, which works once."""
        return self.running.page_link()

    def crash(self) -> None:
        """Let the actor `fragile` fail."""
        (self.plugin / "crash").touch()

    def start(self) -> None:
        """Start the system, and wait until it takes orders."""
        known = os.environ.get("PYTHONPATH")
        path = os.pathsep.join(filter(None, (str(self.plugin), known)))
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-m", "orquestrador", "--lang", self.language),
                *("--library", str(self.library), "run", "--yes"),
                *("--port", str(self.port)),
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": path},
        )
        limit = time.monotonic() + 60
        while (found := find(self.library, self.library / ".orquestrador")) is None:
            assert time.monotonic() < limit
            assert self.process.poll() is None
            time.sleep(0.05)
        self.known.append(found)

    def stop(self) -> None:
        """Stop it in order."""
        with self.known.pop() as running:
            running.stop()
        assert self.process.wait(60) == 0


Start = Callable[..., Any]


@contextlib.contextmanager
def started(
    folder: Path, language: str = "en", *, hostile: bool = True
) -> Generator[Running]:
    """Run the whole system on a copy of the examples, and a file of a hostile name."""
    library = folder / "library"
    shutil.copytree(EXAMPLES, library, ignore=shutil.ignore_patterns(".orquestrador"))
    if hostile and os.name != "nt":
        source = f"// {HOSTILE} </script><script>alert(2)</script>\n"
        source += "void OnTick() { OrderSend(NULL, 0, 1, Ask, 3, 0, 0); }\n"
        (library / HOSTILE).write_text(source, "utf-8")
    system = Running(
        library,
        language,
        _plugin(
            folder / "plugin", FELL if hostile else "the broker's feed fell silent"
        ),
        _free_port(),
    )
    system.start()
    try:
        yield system
        if system.known:
            system.stop()
    finally:
        for each in system.known:
            each.close()
        system.process.kill()
        system.process.wait()


def _plugin(folder: Path, error: str) -> Path:
    info = folder / "fragile-1.dist-info"
    info.mkdir(parents=True)
    (folder / "fragile.py").write_text(_FRAGILE.replace("{error}", error), "utf-8")
    (info / "METADATA").write_text("Name: fragile\nVersion: 1\n", "utf-8")
    (info / "entry_points.txt").write_text(
        "[orquestrador.actors]\nfragile = fragile:spec\n", "utf-8"
    )
    return folder


def _free_port() -> int:
    with socket.socket() as some:
        some.bind(("127.0.0.1", 0))
        port: int = some.getsockname()[1]
    return port


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The system that a module's tests share: they leave it running.

    No longer than theirs: other tests count the processes that they leave.
    """
    with started(tmp_path_factory.mktemp("browser")) as found:
        yield found


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A browser; of a module, as its loop is in the way of other tests."""
    names = ("chromium", "chromium-browser", "google-chrome")
    path = next(filter(None, map(shutil.which, names)), None)
    if path is None:
        if os.environ.get("REQUIRE_BROWSER") == "1":
            pytest.fail("there is no Chromium, and REQUIRE_BROWSER=1 wants one")
        pytest.skip("there is no Chromium; REQUIRE_BROWSER=1 makes that a failure")
    # Its sandbox needs rights that containers do not give.
    arguments = ["--no-sandbox", "--disable-dev-shm-usage"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=arguments)
        yield browser
        browser.close()


@dataclass
class Seen:
    """What a tab has done besides what is looked at."""

    requests: list[str] = field(default_factory=list[str])
    errors: list[str] = field(default_factory=list[str])
    dialogs: list[str] = field(default_factory=list[str])

    def mind(self, page: Page) -> None:
        """Write down what a tab does from now on."""
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("pageerror", lambda error: self.errors.append(error.message))
        page.on("console", self._console)
        page.on("dialog", self._dialog)

    def foreign(self) -> list[str]:
        """Return the addresses of requests that went elsewhere."""
        return [
            each
            for each in self.requests
            if urlsplit(each).hostname not in {"127.0.0.1", None}
        ]

    def _console(self, message: ConsoleMessage) -> None:
        # That a request failed is part of tests that stop the system.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.errors.append(message.text)

    def _dialog(self, dialog: Dialog) -> None:
        self.dialogs.append(dialog.message)
        dialog.dismiss()


@contextlib.contextmanager
def opened(
    chromium: Browser, system: Running, view: str = "", **options: Any
) -> Generator[Page]:
    """Open the page in a window of its own; whatever goes wrong in it fails the test.

    Args:
        chromium: the fixture.
        system: whose page.
        view: the one wanted, such as `#/search`.
        options: of the window, as Playwright has them: `color_scheme`, `viewport`.

    """
    window = chromium.new_context(**options)
    window.set_default_timeout(PATIENCE_MS)
    page = window.new_page()
    seen = Seen()
    seen.mind(page)
    page.goto(system.link())
    page.wait_for_selector("main h1[tabindex]")
    if view:
        page.evaluate("hash => { location.hash = hash; }", view)
        page.wait_for_selector(f"main .view.{view.strip('#/').split('/')[0]}")
    yield page
    window.close()
    assert seen.errors == []
    assert seen.foreign() == []
    assert seen.dialogs == []


@pytest.fixture
def page(chromium: Browser, system: Running) -> Iterator[Page]:
    """The page, in a window of its own."""
    with opened(chromium, system) as found:
        yield found


@pytest.fixture
def axe() -> Callable[[Page], list[str]]:
    """Return what finds the violations of a page against accessibility rules."""

    def run(page: Page) -> list[str]:
        found: list[dict[str, Any]] = Axe().run(page).response["violations"]
        return [
            f"{each['id']}: {node['target']} {node['html']}"
            for each in found
            for node in each["nodes"]
        ]

    return run
