"""What is at which address, and what is refused before it is looked at."""

from typing import TYPE_CHECKING, Any

from prometheus_client import CONTENT_TYPE_LATEST
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from orquestrador.interface.web.access import Access
from orquestrador.interface.web.api.events import Streams
from orquestrador.interface.web.api.library import PageLibrary
from orquestrador.interface.web.api.routes import (
    PREFIX,
    api_routes,
    endpoints,
    problem,
)
from orquestrador.interface.web.figures import Figures, NoFiguresError
from orquestrador.interface.web.files_served import file_routes
from orquestrador.interface.web.headers import HEADERS
from orquestrador.interface.web.page import page
from orquestrador.words import N_, Words

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

ENTER = "/enter"
EVENTS = f"{PREFIX}/events"
ORDERS = frozenset(PREFIX + each.path for each in endpoints() if each.method == "POST")
"""Addresses that change something; nothing else does."""

_OURS = frozenset({"same-origin", "none"})
"""Sites from which a browser's request may come: our own page, or the user."""


def application(
    library: PageLibrary, streams: Streams, access: Access, hosts: frozenset[str]
) -> ASGIApp:
    """Return what answers requests.

    Args:
        library: what is shown, and told what to do.
        streams: of what happens.
        access: who is let in.
        hosts: `Host` headers that are meant for us; others are a foreign name that
            was made to lead here.

    """
    place = library.place
    routes: list[BaseRoute] = [Route(ENTER, _Entrance(access, place.words).enter)]
    if place.settings.web.page:
        routes += _page_routes(library)
    if place.settings.web.api:
        routes.append(Route(EVENTS, streams.serve))
        routes.append(Route("/metrics", _Metrics(library.figures).show))
        routes += api_routes(library)
    handlers: Mapping[Any, Any] = {
        NoFiguresError: _unavailable,
        HTTPException: _refused,
    }
    inner = Starlette(routes=routes, exception_handlers=handlers)
    # What is asked for elsewhere is not there.
    inner.router.redirect_slashes = False
    return Guard(inner, access, hosts, place.words)


class Guard:
    """Lets in whom it may, and says with each answer what a browser may do with it."""

    def __init__(
        self, inner: ASGIApp, access: Access, hosts: frozenset[str], words: Words
    ) -> None:
        """Guard `inner`; see `application`."""
        self._words = words
        self._inner = inner
        self._access = access
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    # A report is let do other things than the page is.
                    headers.setdefault(name, value)
            await send(message)

        refusal = self._refusal(scope)
        answer: Callable[[Scope, Receive, Send], Awaitable[None]]
        answer = self._inner if refusal is None else _for_programs(scope, refusal)
        await answer(scope, receive, send_with_headers)

    def _refusal(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        hosts = headers.getlist("host")
        is_ours = len(hosts) == 1 and hosts[0].lower() in self._hosts
        # A target may name a host of its own; no browser asks us like that.
        if not is_ours or not scope["path"].startswith("/"):
            return self._said(421, N_("This address is not served here."))
        if self._is_foreign(scope["method"], headers):
            return self._said(403, N_("Another site's page may not give orders here."))
        is_api = scope["path"].startswith(PREFIX)
        # Under the API, what an address does not do is refused by its route.
        if not is_api and scope["method"] not in {"GET", "HEAD"}:
            refused = self._said(405, N_("Nothing can be changed here."))
            refused.headers["Allow"] = "GET, HEAD"
            return refused
        if scope["path"] == ENTER:
            return None
        if not self._is_known(headers):
            words = N_("Run `orquestrador open page`: it opens this page for you.")
            return self._said(401, words)
        is_order = scope["method"] == "POST" and scope["path"] in ORDERS
        return self._unmeant(headers) if is_order else None

    def _is_foreign(self, method: str, headers: Headers) -> bool:
        """Return whether a browser asks for the page of another site, or port.

        Its scripts and pictures come with the user's cookie. They could not read the
        answer; they get none. A link is followed: it shows the page to the user, and
        the other site learns nothing.
        """
        origins = {each.lower() for each in headers.getlist("origin")}
        if not origins <= {f"http://{each}" for each in self._hosts}:
            return True
        mode, aim = headers.get("sec-fetch-mode"), headers.get("sec-fetch-dest")
        is_link = (method, mode, aim) == ("GET", "navigate", "document")
        return not is_link and not _OURS.issuperset(headers.getlist("sec-fetch-site"))

    def _unmeant(self, headers: Headers) -> Response | None:
        """Refuse an order that the user may not know of.

        A form of another site cannot say JSON; a browser that does not say where an
        order is from is none of those that we rely on.
        """
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/json":
            return self._said(415, N_("Orders are JSON: say so in Content-Type."))
        said = headers.get("authorization", "")
        if "origin" not in headers and not self._access.knows_program(said):
            return self._said(403, N_("Another site's page may not give orders here."))
        return None

    def _said(self, code: int, text: str) -> Response:
        return _said(code, self._words.gettext(text))

    def _is_known(self, headers: Headers) -> bool:
        cookies = "; ".join(headers.getlist("cookie"))
        authorization = headers.get("authorization", "")
        return self._access.knows_browser(cookies) or self._access.knows_program(
            authorization
        )


class _Entrance:
    def __init__(self, access: Access, words: Words) -> None:
        self._access = access
        self._words = words

    async def enter(self, request: Request) -> Response:
        # A look ahead, as some mail programs do it, must not use the key up.
        key = request.query_params.get("key", "")
        secret = None if request.method == "HEAD" else self._access.open_session(key)
        if secret is None:
            text = N_("This link is used up; run `orquestrador open page` again.")
            return _said(403, self._words.gettext(text))
        answer = RedirectResponse("/", status_code=303)
        answer.set_cookie(
            self._access.cookie, secret, path="/", httponly=True, samesite="strict"
        )
        return answer


class _Metrics:
    """Every metric, as Prometheus reads it."""

    def __init__(self, figures: Figures) -> None:
        self._figures = figures

    async def show(self, _request: Request) -> Response:
        text = await run_in_threadpool(self._figures.exposition)
        return Response(text, media_type=CONTENT_TYPE_LATEST)


def _page_routes(library: PageLibrary) -> list[Route]:
    async def show(_request: Request) -> Response:
        sample = await run_in_threadpool(library.metrics)
        shown = page(library.place, sample)
        return Response(shown, media_type="text/html; charset=utf-8")

    return [Route("/", show), *file_routes(library.place.words)]


async def _unavailable(_request: Request, error: Exception) -> Response:
    return _said(503, str(error))


async def _refused(request: Request, error: Exception) -> Response:
    """Answer what no route does: under `/api/v1` as the API says it."""
    assert isinstance(error, HTTPException)  # noqa: S101 -- what it is registered for
    if not request.url.path.startswith(PREFIX):
        return _said(error.status_code, error.detail)
    refused = problem(error.status_code, error.detail)
    refused.headers.update(error.headers or {})
    return refused


def _for_programs(scope: Scope, refusal: Response) -> Response:
    """Return a refusal in the form that the API has for them."""
    if not scope["path"].startswith(PREFIX):
        return refusal
    said = problem(refusal.status_code, bytes(refusal.body).decode().strip())
    if "allow" in refusal.headers:
        said.headers["Allow"] = refusal.headers["Allow"]
    return said


def _said(code: int, words: str) -> Response:
    return PlainTextResponse(words + "\n", status_code=code)
