"""What is at which address; nothing here can change anything."""

from importlib.resources import files
from typing import TYPE_CHECKING, Any

import msgspec
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from orquestrador.actors import DashboardPlace
from orquestrador.interface.web.access import Access
from orquestrador.interface.web.figures import Figures, NoFiguresError
from orquestrador.interface.web.page import page, status
from orquestrador.words import N_, Words

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

ENTER = "/enter"
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def application(
    place: DashboardPlace, figures: Figures, access: Access, hosts: frozenset[str]
) -> ASGIApp:
    """Return what answers requests.

    Args:
        place: what is shown.
        figures: its numbers.
        access: who is let in.
        hosts: `Host` headers that are meant for us; others are a foreign name that
            was made to lead here.

    """
    routes: list[Route] = [Route(ENTER, _Entrance(access, place.words).enter)]
    if place.page:
        routes += _page_routes(place, figures)
    if place.api:
        routes += _api_routes(place, figures)
    handlers: Mapping[Any, Any] = {NoFiguresError: _unavailable}
    inner = Starlette(routes=routes, exception_handlers=handlers)
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
                MutableHeaders(scope=message).update(_HEADERS)
            await send(message)

        refusal = self._refusal(scope)
        answer: Callable[[Scope, Receive, Send], Awaitable[None]]
        answer = self._inner if refusal is None else refusal
        await answer(scope, receive, send_with_headers)

    def _refusal(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        hosts = headers.getlist("host")
        if len(hosts) != 1 or hosts[0].lower() not in self._hosts:
            return self._said(421, N_("This address is not served here."))
        if scope["method"] not in {"GET", "HEAD"}:
            refused = self._said(405, N_("Nothing can be changed here."))
            refused.headers["Allow"] = "GET, HEAD"
            return refused
        if scope["path"] == ENTER or self._is_known(headers):
            return None
        words = N_("Run `orquestrador open page`: it opens this page for you.")
        return self._said(401, words)

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


def _page_routes(place: DashboardPlace, figures: Figures) -> list[Route]:
    style = (files(__package__) / "static" / "page.css").read_bytes()

    async def show(_request: Request) -> Response:
        sample = await run_in_threadpool(figures.sample)
        return Response(page(place, sample), media_type="text/html; charset=utf-8")

    async def show_style(_request: Request) -> Response:
        return Response(style, media_type="text/css; charset=utf-8")

    return [Route("/", show), Route("/page.css", show_style)]


def _api_routes(place: DashboardPlace, figures: Figures) -> list[Route]:
    async def get_status(_request: Request) -> Response:
        sample = await run_in_threadpool(figures.sample)
        document = msgspec.json.encode(status(place, sample))
        return Response(document, media_type="application/json")

    async def get_metrics(_request: Request) -> Response:
        text = await run_in_threadpool(figures.exposition)
        return Response(text, media_type=CONTENT_TYPE_LATEST)

    return [Route("/api/v1/status", get_status), Route("/metrics", get_metrics)]


async def _unavailable(_request: Request, error: Exception) -> Response:
    return _said(503, str(error))


def _said(code: int, words: str) -> Response:
    return PlainTextResponse(words + "\n", status_code=code)
