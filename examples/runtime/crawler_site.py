"""A small site for the crawler to read: some of its pages misbehave."""

import itertools
import socketserver
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler

PAGES = {
    "/": ("Home", ("/news", "/about", "/moved", "/private/diary", "/broken")),
    "/news": ("News", ("/", "/about", "/flaky", "/tarpit")),
    "/about": ("About us", ("/#top", "mailto:ana@example.org", "/news?page=2")),
    "/news?page=2": ("Old news", ("/news",)),
    "/private/diary": ("Not for you", ()),
    "/flaky": ("Here it is", ()),
}


class Log:
    """When the site was asked for something."""

    def __init__(self) -> None:
        self.times: list[float] = []
        self.flaky = itertools.count()

    def shortest_pause_s(self) -> float:
        """Return the shortest time between two requests."""
        return min(after - before for before, after in itertools.pairwise(self.times))


class Site(socketserver.ThreadingTCPServer):
    """The server; a thread for each request, since one of them never ends.

    No `HTTPServer`: that one looks up the name of the machine when it starts.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Page)
        self.log = Log()
        self.closing = threading.Event()

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing when the crawler lets go of a connection."""


class Page(BaseHTTPRequestHandler):
    """One request."""

    def do_GET(self) -> None:
        """Answer, or misbehave."""
        self._site.log.times.append(time.monotonic())
        match self.path:
            case "/robots.txt":
                self._send(b"User-agent: *\nDisallow: /private/\n")
            case "/broken":
                self._send(b"<title>Caf\xe9</title>")
            case "/flaky" if next(self._site.log.flaky) == 0:
                self.close_connection = True
            case "/tarpit":
                self._drip()
            case path if path in PAGES:
                title, links = PAGES[path]
                anchors = "".join(f'<a href="{each}">x</a>' for each in links)
                self._send(f"<title>{title}</title>{anchors}".encode())
            case _:
                self.send_error(404)

    @property
    def _site(self) -> Site:
        assert isinstance(self.server, Site)  # noqa: S101 -- who else makes one
        return self.server

    def _send(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _drip(self) -> None:
        """Send a byte now and then: no single read takes long, and it never ends."""
        self.send_response(200)
        self.end_headers()
        while not self._site.closing.wait(0.2):
            self.wfile.write(b".")
            self.wfile.flush()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- its name
        """Write no log."""


@contextmanager
def site() -> Generator[tuple[str, Log]]:
    """Run the site on a free port; yields its address and its log."""
    with Site() as server:
        thread = threading.Thread(
            target=server.serve_forever, args=(0.05,), daemon=True
        )
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/", server.log
        finally:
            server.closing.set()
            server.shutdown()
            thread.join(5.0)
