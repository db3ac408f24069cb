"""One address of the API: its types say what goes in and what comes out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_origin, get_type_hints

import msgspec

from orquestrador.errors import OrquestradorError
from orquestrador.interface.web.api.library import PageLibrary


class Nothing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """No parameters."""


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """Why a request was not answered; RFC 9457."""

    title: str
    """What kind of problem it is."""

    status: int
    """The HTTP status."""

    detail: str
    """What exactly, and what to do."""


class Accepted(msgspec.Struct, frozen=True, kw_only=True):
    """An order was taken; an event that carries its token tells how it ended."""

    token: str


@dataclass(frozen=True, kw_only=True)
class Document:
    """An answer that is no JSON of ours but a file."""

    data: bytes
    media: str
    headers: Mapping[str, str]


class ApiError(OrquestradorError):
    """A request that cannot be answered as it is.

    Attributes:
        status: the HTTP status.

    """

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """An address, and what answers requests to it."""

    path: str
    summary: str
    answer: Any
    """The type of a successful answer."""

    call: Callable[[PageLibrary, Any], Any]
    """Answers; is given the library and a `takes`. Runs in a thread of its own."""

    takes: type[msgspec.Struct] = Nothing
    """A GET's query parameters, a POST's body."""

    method: Literal["GET", "POST"] = "GET"
    success: int = 200
    media: tuple[str, ...] = ("application/json",)
    """What an answer may be; of others than JSON, `answer` is `Document`."""

    def of_query(self, query: Mapping[str, list[str]]) -> msgspec.Struct:
        """Return what a query string says.

        Raises:
            ApiError: names the parameter that cannot be used.

        """
        many = _tuples(self.takes)
        given: dict[str, Any] = {}
        for name, values in query.items():
            if name not in many and len(values) > 1:
                raise ApiError(400, f"{name}: given {len(values)} times, expected one")
            given[name] = values if name in many else values[0]
        return self._converted(given, strict=False)

    def of_body(self, body: bytes) -> msgspec.Struct:
        """Return what a JSON body says; an empty one is `{}`.

        Raises:
            ApiError: names the field that cannot be used.

        """
        try:
            given = msgspec.json.decode(body or b"{}")
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise ApiError(400, f"the body is no JSON: {error}") from error
        return self._converted(given, strict=True)

    def _converted(self, given: object, *, strict: bool) -> msgspec.Struct:
        try:
            return msgspec.convert(given, self.takes, strict=strict)
        except (msgspec.ValidationError, ValueError) as error:
            raise ApiError(400, str(error)) from error


def _tuples(kind: type[msgspec.Struct]) -> frozenset[str]:
    return frozenset(
        name for name, hint in get_type_hints(kind).items() if get_origin(hint) is tuple
    )
