"""What is no request, or too much of one."""

import json
import socket

import pytest

from tests.web.security.conftest import House

ORDER = "/api/v1/snapshots"


def _snapshots(house: House) -> int:
    return len(json.loads(house.ask(ORDER).body))


@pytest.mark.parametrize(
    "sent",
    [
        b"\0" * 100_000,
        b"\r\n" * 50_000,
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET /\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost : {host}\r\n\r\n",
        b"GET / HTTP/1.1\r\n Host: {host}\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: {host}\r\nNo colon\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: {host}\r\nA\0: b\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: {host}\r\nA: b\0c\r\n\r\n",
        b"G\xc3\x89T / HTTP/1.1\r\nHost: {host}\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\nHost: {host}\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: ws\r\n\r\n",
    ],
)
def test_what_is_no_request_is_refused(house: House, sent: bytes) -> None:
    """SEC: shape_none."""
    host = f"127.0.0.1:{house.port}".encode()
    answer = house.wire(sent.replace(b"{host}", host) + b"\r\n\r\n")
    assert answer[9:12] in {b"", b"400", b"421"}, answer
    if answer:
        assert b"default-src 'none'" in answer


@pytest.mark.parametrize(
    "framing",
    [
        "Content-Length: 2\r\nContent-Length: 40",
        "Content-Length: 2, 40",
        "Content-Length: -1",
        "Content-Length: +2",
        "Content-Length: 0x2",
        "Content-Length: 2 2",
        "Content-Length: " + "9" * 30,
        "Transfer-Encoding: x",
        "Transfer-Encoding: chunked, chunked",
        "Transfer-Encoding: gzip, chunked",
        "Transfer-Encoding: \x0bchunked",
        "Transfer-Encoding : chunked",
        "Transfer-Encoding: chunked\r\nContent-Length: 2",
        "Content-Length: 2\r\nTransfer-Encoding: chunked",
    ],
)
def test_a_body_of_two_lengths_hides_no_second_order(
    house: House, framing: str
) -> None:
    """SEC: shape_smuggled."""
    hidden = _order(house, "Content-Length: 2") + "{}"
    before = _snapshots(house)

    answer = house.wire((_order(house, framing) + "{}" + hidden).encode("latin-1"))

    assert answer[9:12] in {b"", b"400"}, answer
    assert answer.count(b"HTTP/1.1") <= 1
    assert _snapshots(house) == before


@pytest.mark.parametrize(
    "chunks", ["zz\r\n", "2\r\n{}x\r\n0\r\n\r\n", "-2\r\n{}\r\n", "f" * 40 + "\r\n"]
)
def test_a_body_of_bad_pieces_is_no_order(house: House, chunks: str) -> None:
    """SEC: shape_chunks."""
    before = _snapshots(house)
    answer = house.wire((_order(house, "Transfer-Encoding: chunked") + chunks).encode())
    assert answer[9:12] in {b"", b"400"}, answer
    assert _snapshots(house) == before


def _order(house: House, framing: str) -> str:
    return (
        f"POST {ORDER} HTTP/1.1\r\nHost: 127.0.0.1:{house.port}\r\n"
        f"Authorization: Bearer {house.token}\r\nContent-Type: application/json\r\n"
        f"{framing}\r\n\r\n"
    )


@pytest.mark.parametrize(
    "head",
    [
        "GET /" + "a" * 200_000 + " HTTP/1.1\r\n",
        "GET / HTTP/1.1\r\nX: " + "y" * 200_000 + "\r\n",
        "GET / HTTP/1.1\r\n" + "X: y\r\n" * 40_000,
        "GET / HTTP/1.1\r\nCookie: " + "a=b; " * 40_000 + "\r\n",
        "GET /" + "?" + "a&" * 100_000 + " HTTP/1.1\r\n",
    ],
)
def test_a_head_has_so_many_bytes_and_no_more(house: House, head: str) -> None:
    """SEC: size_head."""
    host = f"Host: 127.0.0.1:{house.port}\r\n\r\n"
    answer = house.wire((head + host).encode())
    assert answer[9:12] in {b"", b"400"}, answer[:200]


@pytest.mark.parametrize("path", ["/api/v1/runs", "/api/v1/labels", "/api/v1/pause"])
def test_a_body_has_so_many_bytes_and_no_more(house: House, path: str) -> None:
    """SEC: size_body."""
    large = json.dumps({"path": "x" * 300_000})
    assert house.ask(path, "POST", large).code == 413
    # Nor is one waited for that only says how large it will be, or does not say.
    host = f"127.0.0.1:{house.port}"
    head = f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
    head += f"Authorization: Bearer {house.token}\r\n"
    for framing in ("Content-Length: 1000000000", "Transfer-Encoding: chunked"):
        with socket.create_connection(("127.0.0.1", house.port), timeout=30) as wire:
            wire.sendall(f"{head}{framing}\r\n\r\n".encode())
            piece = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
            for _ in range(5):
                wire.sendall(piece)
            assert wire.recv(12) == b"HTTP/1.1 413"


@pytest.mark.parametrize(
    "body",
    [
        "[" * 100_000,
        '{"paths":' * 20_000,
        '{"paths": ' + "[" * 100_000 + "]" * 100_000 + "}",
        '{"paths": ["' + "\\u0000" * 40_000 + '"]}',
        '{"verify": 1e999999}',
        '{"verify": ' + "9" * 100_000 + "}",
        '{"verify": true, "verify": 5}',
        '{"paths": ["\\ud800"]}',
        "null",
        "\ufeff{}",
        "NaN",
        '{"__proto__": {}}',
    ],
)
def test_json_that_is_deep_or_strange_is_refused(house: House, body: str) -> None:
    """SEC: json_nesting."""
    answer = house.stranger().send(
        "/api/v1/runs",
        "POST",
        body.encode().decode("latin-1"),
        authorization=f"Bearer {house.token}",
        content_type="application/json",
    )
    assert answer.code in {400, 404}, answer.text


def test_bytes_that_are_no_text_are_no_json(house: House) -> None:
    """SEC: json_nesting."""
    answer = house.wire(
        _order(house, "Connection: close\r\nContent-Length: 4").encode() + b'"\xff\xfe"'
    )
    assert answer[9:12] == b"400"
