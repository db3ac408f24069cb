"""Requests to endpoints: what comes in is checked by the endpoint's types."""

import itertools
from collections.abc import Iterable
from typing import Any

import msgspec
import pykka
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from orquestrador.errors import (
    CatalogError,
    OperationTimeoutError,
    OrquestradorError,
)
from orquestrador.interface.web.api import (
    files,
    kept,
    one_file,
    orders,
    reports,
    running,
    tending,
    verdict,
)
from orquestrador.interface.web.api.document import openapi
from orquestrador.interface.web.api.endpoint import (
    ApiError,
    Document,
    Endpoint,
    Problem,
)
from orquestrador.interface.web.api.library import PageLibrary

PREFIX = "/api/v1"
MOST_BODY_BYTES = 256 * 1024

_TITLES = {
    400: "The request cannot be used",
    401: "Who asks is not known",
    403: "Who asks may not",
    404: "There is no such thing",
    405: "This address does not do that",
    413: "The request is too large",
    415: "The request is of another kind",
    421: "The address is not served here",
    422: "The order contradicts what there is",
    503: "The system does not answer just now",
}


def endpoints() -> tuple[Endpoint, ...]:
    """Return every address of the API that answers with a document."""
    rooms = (running, files, one_file, verdict, kept, reports, orders, tending)
    return tuple(itertools.chain.from_iterable(room.endpoints() for room in rooms))


def api_routes(library: PageLibrary) -> list[BaseRoute]:
    """Return the routes of the API."""
    by_path: dict[str, list[Endpoint]] = {}
    for each in endpoints():
        by_path.setdefault(each.path, []).append(each)
    document = msgspec.json.encode(openapi(endpoints(), PREFIX))

    async def describe(_request: Request) -> Response:
        return Response(document, media_type="application/json")

    return [
        Route(f"{PREFIX}/openapi.json", describe),
        *(
            Route(PREFIX + path, _Answering(library, each).answer, methods=_all(each))
            for path, each in by_path.items()
        ),
    ]


def problem(status: int, detail: str) -> Response:
    """Return why a request was not answered, as RFC 9457 has it."""
    said = Problem(title=_TITLES.get(status, "Error"), status=status, detail=detail)
    return Response(
        _encoded(said), status_code=status, media_type="application/problem+json"
    )


class _Answering:
    """The endpoints of one path, each with its own method."""

    def __init__(self, library: PageLibrary, found: Iterable[Endpoint]) -> None:
        self._library = library
        self._by_method = {each.method: each for each in found}

    async def answer(self, request: Request) -> Response:
        """Answer one request; an error of ours becomes a problem document."""
        asked = "GET" if request.method == "HEAD" else request.method
        endpoint = self._by_method[asked]  # type: ignore[index] # routed by it
        try:
            wanted = await _wanted(endpoint, request)
            found = await run_in_threadpool(endpoint.call, self._library, wanted)
        except ClientDisconnect:
            return problem(400, "the body has no end")
        except ApiError as error:
            return problem(error.status, str(error))
        except (CatalogError, OperationTimeoutError, pykka.Timeout) as error:
            return problem(503, str(error))
        except OrquestradorError as error:
            return problem(503, str(error))
        if isinstance(found, Document):
            return Response(found.data, media_type=found.media, headers=found.headers)
        return Response(
            _encoded(found),
            status_code=endpoint.success,
            media_type="application/json",
        )


async def _wanted(endpoint: Endpoint, request: Request) -> msgspec.Struct:
    if endpoint.method == "GET":
        query = request.query_params
        return endpoint.of_query({name: query.getlist(name) for name in query})
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > MOST_BODY_BYTES:
            raise ApiError(413, f"a body has at most {MOST_BODY_BYTES} bytes")
    return endpoint.of_body(bytes(body))


def _all(found: Iterable[Endpoint]) -> list[str]:
    return [each.method for each in found]


def _encoded(answer: Any) -> bytes:  # noqa: ANN401 -- the endpoint says what it is
    return msgspec.json.encode(answer, enc_hook=_text_of_bytes)


def _text_of_bytes(value: object) -> object:
    raise NotImplementedError(f"{type(value).__name__} is no part of an answer")
