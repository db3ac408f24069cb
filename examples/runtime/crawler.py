"""A polite web crawler whose fetchers may fail and hang.

    python examples/runtime/crawler.py                        # a small site of its own
    python examples/runtime/crawler.py http://127.0.0.1:8000/ # that host, nothing else

The tree:

    crawler       one_for_one
    ├── fetchers  one_for_one
    │   ├── fetcher-1   reads one page at a time, and has no other worry
    │   └── fetcher-2
    └── frontier  knows what is to be read, and when: it asks robots.txt, and leaves a
                  pause between two requests to one host

A fetcher mends nothing. A server that hangs up, or sends what is no text, makes it
fail; one that sends a byte now and then for ever makes it hang, and no timeout of a
socket sees that. Its supervisor replaces it. The frontier gets `RequestFailed` in place
of the page, and decides whether to try again: at the end of the queue, after a pause.
"""

import argparse
import http.client
import sys
import urllib.error
import urllib.request
from collections import deque
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urldefrag, urljoin, urlsplit
from urllib.robotparser import RobotFileParser

from crawler_site import site

from orquestrador.messages import Message, Request
from orquestrador.supervisor import (
    Actor,
    ActorRef,
    ActorSystem,
    ChildEvent,
    ChildFailed,
    ChildSpec,
    ChildStarted,
    LaterReply,
    RequestFailed,
    Supervisor,
    SupervisorFlags,
)

AGENT = "orquestrador-example"
TRIES = 2
LONGEST_PAGE = 1_000_000
# Straight to the host, whatever proxy the environment names.
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class PageFetched(Message):
    """A page, as far as a crawler wants to know it."""

    url: str
    text: str
    """Its title, or the whole of a robots.txt."""

    links: tuple[str, ...] = ()


class Fetch(Request[PageFetched]):
    """Read one page."""

    url: str


class CrawlFinished(Message):
    """All that could be reached was read."""

    pages: tuple[PageFetched, ...]
    failed: tuple[tuple[str, str], ...]
    """Address and reason."""

    forbidden: tuple[str, ...]
    """What robots.txt asks not to read."""


class Crawl(Request[CrawlFinished]):
    """Read a site from here on, up to so many pages."""

    url: str
    most_pages: int


class HostRested(Message):
    """The pause after the last request to a host is over."""

    host: str


# -- fetchers --------------------------------------------------------------------------


class Fetcher(Actor):
    """Answers `Fetch` with `PageFetched`; fails on all that is not as it should be."""

    def on_receive(self, message: Fetch) -> PageFetched:
        """Read a page."""
        asked = urllib.request.Request(message.url, headers={"User-Agent": AGENT})  # noqa: S310 -- http or https: see Frontier
        try:
            with OPENER.open(asked, timeout=2.0) as response:
                body = self._read(response)
        except urllib.error.HTTPError as error:
            # An answer, and not a failure; but it has to be closed.
            with error:
                return PageFetched(url=message.url, text=f"HTTP {error.code}")
        return parse(message.url, body)

    def _read(self, response: http.client.HTTPResponse) -> bytes:
        body = b""
        while len(body) < LONGEST_PAGE and (part := response.read1(4096)):
            body += part
            if self.abandoned:
                # Cut off by the supervisor: let go of the connection, and end.
                break
        return body


class Links(HTMLParser):
    """Collects title and links of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.title = ""
        self.links: list[str] = []
        self._in_title = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take note of a link."""
        self._in_title = tag == "title"
        link = dict(attrs).get("href") if tag == "a" else None
        if link:
            self.links.append(link)

    def handle_data(self, data: str) -> None:
        """Take note of the title."""
        if self._in_title:
            self.title += data.strip()


def parse(url: str, body: bytes) -> PageFetched:
    """Return what is worth knowing of a page.

    Raises:
        UnicodeDecodeError: if it is no text.

    """
    text = body.decode("utf-8")
    if url.endswith("/robots.txt"):
        return PageFetched(url=url, text=text)
    page = Links()
    page.feed(text)
    links = (urldefrag(urljoin(url, each)).url for each in page.links)
    return PageFetched(url=url, text=page.title, links=tuple(dict.fromkeys(links)))


# -- the frontier ----------------------------------------------------------------------


class Host:
    """The addresses of one host that are still to be read."""

    def __init__(self) -> None:
        self.waiting: deque[str] = deque()
        self.robots: RobotFileParser | None = None
        self.resting = False
        """Whether it was asked for something less than a pause ago, or still is."""

    def follow(self, robots_txt: str) -> list[str]:
        """Keep to a robots.txt; return what it asks not to read."""
        self.robots = RobotFileParser()
        self.robots.parse(robots_txt.splitlines())
        forbidden = [each for each in self.waiting if not self.allows(each)]
        self.waiting = deque(each for each in self.waiting if each not in forbidden)
        return forbidden

    def allows(self, url: str) -> bool:
        """Return whether robots.txt lets us read this; yes while it is not known."""
        return self.robots is None or self.robots.can_fetch(AGENT, url)

    def pause_s(self, least: float) -> float:
        """Return how long to leave the host alone."""
        asked = None if self.robots is None else self.robots.crawl_delay(AGENT)
        return max(least, float(asked or 0))


class Frontier(Actor):
    """Answers `Crawl` with `CrawlFinished`; one crawl at a time.

    It never waits: it sends requests, and replies and pauses come as messages. What it
    knows is lost if it fails; whoever asked for the crawl then gets an error.
    """

    def __init__(self, fetchers: tuple[str, ...], pause_s: float) -> None:
        super().__init__()
        self._idle: list[ActorRef[Any]] = [self.system.ref(each) for each in fetchers]
        self._busy: dict[str, ActorRef[Any]] = {}
        self._pause_s = pause_s
        self._hosts: dict[str, Host] = {}
        self._tries: dict[str, int] = {}
        self._pages: list[PageFetched] = []
        self._failed: list[tuple[str, str]] = []
        self._forbidden: list[str] = []
        self._most_pages = 0
        self._reply: LaterReply | None = None

    def on_receive(
        self, message: Crawl | PageFetched | RequestFailed | HostRested
    ) -> None:
        """Take note, then hand out what can be."""
        match message:
            case Crawl():
                self._reply = self.reply_later()
                self._most_pages = message.most_pages
                self._add(message.url)
            case PageFetched():
                self._free(message.url)
                self._take(message)
            case RequestFailed(request=Fetch(url=url), reason=error):
                self._free(url)
                self._try_again(url, error)
            case HostRested():
                self._hosts[message.host].resting = False
            case _:
                raise TypeError(f"the frontier does not understand {message!r}")
        self._hand_out()

    def _add(self, url: str) -> None:
        parts = urlsplit(url)
        if url in self._tries or parts.scheme not in {"http", "https"}:
            return
        if len(self._tries) >= self._most_pages:
            return
        host = self._hosts.get(parts.netloc)
        if host is None:
            host = self._hosts[parts.netloc] = Host()
            host.waiting.append(urljoin(url, "/robots.txt"))
        self._tries[url] = 0
        if host.allows(url):
            host.waiting.append(url)
        else:
            self._forbidden.append(url)

    def _hand_out(self) -> None:
        for host in self._hosts.values():
            if self._idle and host.waiting and not host.resting:
                host.resting = True
                url = host.waiting.popleft()
                self._busy[url] = self._idle.pop(0)
                self.request(self._busy[url], Fetch(url=url))
        if not self._busy and not any(each.waiting for each in self._hosts.values()):
            self._finish()

    def _free(self, url: str) -> None:
        self._idle.append(self._busy.pop(url))
        name = urlsplit(url).netloc
        pause_s = self._hosts[name].pause_s(self._pause_s)
        self.timers.start_once(name, pause_s, HostRested(host=name))

    def _take(self, page: PageFetched) -> None:
        host = self._hosts[urlsplit(page.url).netloc]
        if page.url.endswith("/robots.txt"):
            self._forbidden += host.follow(page.text)
            return
        self._pages.append(page)
        for link in page.links:
            if urlsplit(link).netloc in self._hosts:
                self._add(link)

    def _try_again(self, url: str, error: BaseException) -> None:
        self._tries[url] = self._tries.get(url, 0) + 1
        waiting = self._hosts[urlsplit(url).netloc].waiting
        if self._tries[url] >= TRIES:
            self._failed.append((url, type(error).__name__))
        elif url.endswith("/robots.txt"):
            waiting.appendleft(url)
        else:
            waiting.append(url)

    def _finish(self) -> None:
        reply, self._reply = self._reply, None
        if reply is not None:
            reply.set(
                CrawlFinished(
                    pages=tuple(self._pages),
                    failed=tuple(self._failed),
                    forbidden=tuple(self._forbidden),
                )
            )


# -- the program -----------------------------------------------------------------------


def tree(fetchers: int, pause_s: float) -> list[ChildSpec]:
    """Return the specs of the crawler's children."""
    names = tuple(f"fetcher-{number}" for number in range(1, fetchers + 1))
    specs = [ChildSpec(id=each, actor=Fetcher, stuck_after_s=1.0) for each in names]
    # A site with many bad pages is no reason to give up: twenty a minute may fail.
    often = SupervisorFlags(intensity=20, period_s=60.0)
    return [
        ChildSpec(id="fetchers", actor=Supervisor, args=(often, specs)),
        ChildSpec(id="frontier", actor=Frontier, args=(names, pause_s)),
    ]


def crawl(url: str, *, fetchers: int, pause_s: float, most_pages: int) -> CrawlFinished:
    """Read a site; tell of restarts as they happen."""
    system = ActorSystem()
    system.events.subscribe(ChildEvent, tell_of)
    try:
        Supervisor.start(
            SupervisorFlags(), tree(fetchers, pause_s), system=system, name="crawler"
        )
        frontier = system.ref("frontier")
        return frontier.ask(Crawl(url=url, most_pages=most_pages), timeout=600.0)
    finally:
        system.stop(timeout=10.0)
        # What happened is told by another thread; all of it before the result.
        system.events.flush(timeout=10.0)


def tell_of(event: ChildEvent) -> None:
    """Print what went wrong with a fetcher, and that it is there again."""
    match event:
        case ChildFailed():
            print(f"! {event.child} failed: {event.reason}", flush=True)
        case ChildStarted() if event.incarnation > 1:
            print(f"! {event.child} is back (incarnation {event.incarnation})")
        case _:
            return


def lines(result: CrawlFinished) -> Iterator[str]:
    """Yield what to print of a crawl."""
    for page in result.pages:
        yield f"read      {page.url}  {page.text}"
    for url, reason in result.failed:
        yield f"failed    {url}  {reason}"
    for url in result.forbidden:
        yield f"forbidden {url}"
    yield f"{len(result.pages)} pages read, {len(result.failed)} failed"


def main() -> int:
    """Crawl what the command line names."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("url", nargs="?", help="left out: a small site of its own")
    parser.add_argument("--fetchers", type=int, default=2)
    parser.add_argument("--pause", type=float, default=1.0, metavar="SECONDS")
    parser.add_argument("--most-pages", type=int, default=100, metavar="N")
    options = parser.parse_args()
    how = {"fetchers": options.fetchers, "most_pages": options.most_pages}
    if options.url:
        result = crawl(options.url, pause_s=options.pause, **how)
        print(*lines(result), sep="\n")
    else:
        with site() as (url, log):
            result = crawl(url, pause_s=0.1, **how)
        print(*lines(result), sep="\n")
        print(f"the site was left alone for {log.shortest_pause_s():.1f} s at least")
    return 0


if __name__ == "__main__":
    sys.exit(main())
