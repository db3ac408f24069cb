"""What may change something: POST with JSON to an order's address, and nothing else."""

import http.client
import json
from http import HTTPMethod
from typing import Any
from urllib.parse import urlencode

import msgspec
import pytest

from orquestrador.interface.web.api.endpoint import Endpoint
from orquestrador.interface.web.api.routes import PREFIX, endpoints
from tests.web.security.conftest import OUTSIDE, House

METHODS = (*map(str, HTTPMethod), "PROPFIND", "BREW")

SPARE = "Scripts/Fecha tudo.mq4"
VALID: dict[str, Any] = {
    "path": SPARE,
    "snapshot": "latest",
    "old": "latest",
    "metric": "orquestrador_machine_cpu_percent",
    "rule": "none",
    "seconds": 1,
    "kind": "full",
    "format": "html",
    "confirm": "in place",
    "paused": False,
}
"""What fields are given that have no default."""

HOSTILE = (
    "..",
    "../outside.mq4",
    "..\\outside.mq4",
    "Scripts/../../outside.mq4",
    "../" * 40 + "etc/passwd",
    "/etc/passwd",
    "//server/share/x",
    "\\\\server\\share\\x",
    "\\\\?\\C:\\Windows\\win.ini",
    "C:\\Windows\\win.ini",
    "C:outside.mq4",
    "%2e%2e/outside.mq4",
    "%252e%252e%252foutside.mq4",
    "..%2foutside.mq4",
    "..%c0%afoutside.mq4",
    "file:///etc/passwd",
    "~/outside.mq4",
    "\0",
    f"{SPARE}\0.mq4",
    "CON",
    "NUL",
    "aux.mq4",
    "COM1:",
    "\n\r\t\x1b[2J",
    "\u202e\ufeff\uffff",
    "a/" * 2000,
    "x" * 4000,
    "-rf",
    "$(touch x)",
    "'; DROP TABLE files; --",
    '"*" OR NEAR(',
)


def _fields(endpoint: Endpoint) -> tuple[msgspec.inspect.Field, ...]:
    shape = msgspec.inspect.type_info(endpoint.takes)
    assert isinstance(shape, msgspec.inspect.StructType)
    return shape.fields


def _needed(endpoint: Endpoint) -> dict[str, Any]:
    return {each.name: VALID[each.name] for each in _fields(endpoint) if each.required}


def _of_text(endpoint: Endpoint) -> list[str]:
    """Return the names of the fields that hold text, alone or many of them."""
    return [each.name for each in _fields(endpoint) if "StrType" in repr(each.type)]


def _given(endpoint: Endpoint, name: str, value: str) -> dict[str, Any]:
    shape = {each.name: each.type for each in _fields(endpoint)}[name]
    many = isinstance(shape, msgspec.inspect.VarTupleType)
    return _needed(endpoint) | {name: [value] if many else value}


def _cases(method: str) -> list[Any]:
    return [
        pytest.param(each, name, id=f"{each.path}-{name}")
        for each in endpoints()
        if each.method == method
        for name in _of_text(each)
    ]


@pytest.mark.parametrize(("endpoint", "name"), _cases("GET"))
def test_no_question_leads_out_of_the_library(
    house: House, endpoint: Endpoint, name: str
) -> None:
    """SEC: path_query."""
    for value in HOSTILE:
        query = urlencode(_given(endpoint, name, value), doseq=True)
        answer = house.ask(f"{PREFIX}{endpoint.path}?{query}")
        assert answer.code in {200, 400, 404}, value
        assert OUTSIDE[14:30] not in answer.text
        assert "root:" not in answer.text


@pytest.mark.parametrize(("endpoint", "name"), _cases("POST"))
def test_no_order_leads_out_of_the_library(
    house: House, endpoint: Endpoint, name: str
) -> None:
    """SEC: path_body."""
    for value in HOSTILE:
        given = json.dumps(_given(endpoint, name, value))
        answer = house.ask(f"{PREFIX}{endpoint.path}", "POST", given)
        assert answer.code in {200, 400, 404, 422}, value
        # A label or a note may be any text: of the file that is named, no other.
        is_label = endpoint.path == "/labels" and name != "path"
        assert answer.code != 200 or is_label, (value, answer.text)
    house.ask(f"{PREFIX}/labels/clear", "POST", json.dumps({"path": SPARE}))


@pytest.mark.parametrize(
    "path",
    [
        "/..",
        "/../web-token",
        "/%2e%2e/web-token",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/.orquestrador/web-token",
        "/web-token",
        "/static",
        "/static/",
        "/static/views",
        "/static/../templates/page.html",
        "/static/%2e%2e/templates/page.html",
        "/static/..%5ctemplates%5cpage.html",
        "/static/%252e%252e/templates/page.html",
        "/static/views/../page.css",
        "/static//etc/passwd",
        "/static/C:%5cWindows%5cwin.ini",
        "/static/%5c%5cserver%5cshare%5cx",
        "/static/page.css%00",
        "/static/page.css%00.js",
        "/static/page.css/",
        "/static/PAGE.CSS",
        "/static/CON",
        "/static/" + "x" * 8000,
        "/api/v1/%2e%2e/%2e%2e/web-token",
        "/api/v1/status/",
        "/api/v1//status",
        "/api/v1/status%00",
        "/API/V1/status",
        "//",
        "///etc/passwd",
        "/a:b",
        "/;/",
        "/%ff%fe",
        "/%zz",
        "/.git/config",
    ],
)
def test_no_address_leads_to_another_file(house: House, path: str) -> None:
    """SEC: path_address."""
    assert house.ask(path).code == 404
    assert house.stranger().send(path).code == 401


@pytest.mark.parametrize(
    "kind",
    [
        "",
        "text/plain",
        "text/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json-seq",
        "application/jsonx",
        "text/plain; application/json",
        "text/plain, application/json",
        "application/msgpack",
    ],
)
def test_an_order_says_that_it_is_json(house: House, kind: str) -> None:
    """SEC: json_only."""
    for path in house.orders():
        assert house.ask(path, "POST", content_type=kind).code == 415, path


def test_an_order_that_says_nothing_of_its_kind_is_none(house: House) -> None:
    """SEC: json_only."""
    for path in house.orders():
        said = {"cookie": house.cookie, "origin": house.origin}
        assert house.stranger().send(path, "POST", "{}", **said).code == 415, path


@pytest.mark.parametrize("method", METHODS)
def test_a_method_that_an_address_does_not_have_does_nothing(
    house: House, method: str
) -> None:
    """SEC: method_other."""
    for path, methods in house.addresses:
        if method not in methods:
            answer = house.ask(path, method)
            assert answer.code == 405, path
            assert set(answer.headers["allow"].split(", ")) == methods, path


def test_looking_changes_nothing(house: House) -> None:
    """SEC: get_changes_nothing."""
    before = house.standing()
    by_path = {PREFIX + each.path: each for each in endpoints() if each.method == "GET"}
    for path, methods in house.addresses:
        if path.endswith("/events"):
            continue
        asked = path
        if endpoint := by_path.get(path):
            asked += f"?{urlencode(_needed(endpoint))}"
        for method in methods & {"GET", "HEAD"}:
            code = house.ask(asked, method).code
            assert code == (403 if path == "/enter" else 200), (method, asked)
    assert house.ask("/api/v1/events", "HEAD").body == b""
    _begin_to_read_events(house)
    assert house.standing() == before


def _begin_to_read_events(house: House) -> None:
    line = http.client.HTTPConnection("127.0.0.1", house.port, timeout=30)
    line.request("GET", "/api/v1/events", headers={"Cookie": house.cookie})
    assert line.getresponse().status == 200
    line.close()
