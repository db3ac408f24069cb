"""Who asks: links, cookies and tokens that are none, no more, or another's."""

import os
from pathlib import Path

import pytest

from orquestrador.interface.web.access import (
    LINK_S,
    MOST_LINKS,
    MOST_SESSIONS,
    Access,
    token_in,
)
from tests.web.conftest import Client, Serve
from tests.web.security.conftest import House


def test_without_a_cookie_or_token_nothing_is_told(house: House) -> None:
    """SEC: credentials_missing."""
    for path, methods in house.addresses:
        for method in methods:
            json = {"origin": house.origin, "content_type": "application/json"}
            answer = house.stranger().send(path, method, "{}", **json)
            assert answer.code == (403 if path == "/enter" else 401), (method, path)
            assert str(house.orq.library) not in answer.text


@pytest.mark.parametrize(
    "said",
    [
        {"authorization": "Bearer"},
        {"authorization": "Bearer  "},
        {"authorization": "Bearer {short}"},
        {"authorization": "Bearer {token}x"},
        {"authorization": "Bearer {upper}"},
        {"authorization": "Bearer {token} {token}"},
        {"authorization": "Basic {token}"},
        {"authorization": "{token}"},
        {"authorization": "é"},
        {"authorization": "Bearer x\nBearer {token}"},
        {"authorization": "Bearer {secret}"},
        {"x_authorization": "Bearer {token}"},
        {"cookie": "{name}="},
        {"cookie": "{name}={secret}x"},
        {"cookie": '{name}="{secret}"'},
        {"cookie": "{name}={token}"},
        {"cookie": "orquestrador-1={secret}"},
        {"cookie": "orquestrador={secret}"},
        {"cookie": "=;=;;" + "a=b;" * 2000},
        {"cookie": '"\\"' * 2000},
    ],
)
def test_a_guessed_token_or_cookie_opens_nothing(
    house: House, said: dict[str, str]
) -> None:
    """SEC: credentials_guessed."""
    name, _, secret = house.cookie.partition("=")
    known = {"name": name, "secret": secret, "token": house.token}
    known |= {"short": house.token[:-1], "upper": house.token.swapcase()}
    headers = {each: value.format(**known) for each, value in said.items()}
    for path in ("/", "/api/v1/status", "/api/v1/events", "/metrics"):
        assert house.stranger().send(path, **headers).code == 401, path


def test_a_token_in_the_address_opens_nothing(house: House) -> None:
    """SEC: credentials_in_address."""
    secret = house.cookie.partition("=")[2]
    for given in (house.token, secret):
        for name in ("token", "key", "access_token"):
            address = f"/api/v1/status?{name}={given}"
            assert house.stranger().send(address).code == 401
        assert house.stranger().send(f"/enter?key={given}").code == 403


def test_a_link_opens_once_and_a_look_ahead_is_no_use(house: House) -> None:
    """SEC: link_once."""
    client = Client(house.orq.page_link())
    assert client.send(client.entrance, "HEAD").code == 403
    other = client.entrance.replace("key=", "key=x&key=")

    entered, again = client.enter(), house.stranger().send(client.entrance)

    assert (entered.code, entered.headers["location"]) == (303, "/")
    assert again.code == 403
    assert "set-cookie" not in again.headers
    assert client.send("/").code == 200
    for path in (other, "/enter", "/enter?key=", "/enter?key=x", "/enter?KEY=x"):
        assert house.stranger().send(path).code == 403, path


def test_a_cookie_is_for_this_page_alone_and_for_no_script(house: House) -> None:
    """SEC: cookie_attributes."""
    entered = Client(house.orq.page_link()).enter()
    pair, *attributes = entered.headers["set-cookie"].split("; ")
    # Without Domain: no other host; without Max-Age: gone with the browser.
    assert {each.lower() for each in attributes} == {
        "httponly",
        "samesite=strict",
        "path=/",
    }
    name, _, secret = pair.partition("=")
    assert name == f"orquestrador-{house.port}"
    assert len(secret) >= 43


@pytest.mark.parametrize(
    "other",
    ['x={{"a": 1}}', "a@b=1", "=x", "x", 'a="', "{name}=planted", "a[b]=1"],
)
def test_what_others_left_in_the_browser_locks_nobody_out(
    house: House, other: str
) -> None:
    """SEC: cookie_others."""
    other = other.format(name=house.cookie.partition("=")[0])
    for cookies in (f"{other}; {house.cookie}", f"{house.cookie};{other}"):
        assert house.ask("/api/v1/status", cookie=cookies).code == 200
    assert house.ask("/api/v1/status", cookie=other).code == 401


def test_a_cookie_or_link_of_an_earlier_run_is_void(serve: Serve) -> None:
    """SEC: cookie_earlier_run."""
    with serve() as first:
        client, unused = Client(first.page_link()), Client(first.page_link())
        client.enter()
        assert client.send("/").code == 200
    with serve(web={"port": client.port}) as again:
        assert Client(again.page_link()).port == client.port
        assert client.send("/").code == client.send("/api/v1/events").code == 401
        assert unused.enter().code == 403
        token = (again.state / "web-token").read_text("ascii").strip()
        program = client.send("/metrics", cookie="", authorization=f"bearer {token}")
        assert program.code == 200


def test_a_link_is_void_after_its_time() -> None:
    """SEC: link_time."""
    moments = [0.0]
    access = Access("t" * 40, 1, lambda: moments[0])
    early, late = access.new_key(), access.new_key()
    moments[0] = LINK_S
    assert access.open_session(early) is not None
    moments[0] = LINK_S + 0.1
    assert access.open_session(late) is None


def test_memory_is_bounded_and_the_oldest_goes_first() -> None:
    """SEC: memory_bounded."""
    access = Access("t" * 40, 1)
    keys = [access.new_key() for _ in range(MOST_LINKS + 1)]
    assert access.open_session(keys[0]) is None
    secrets = [access.open_session(access.new_key()) for _ in range(MOST_SESSIONS + 1)]
    known = [access.knows_browser(f"orquestrador-1={each}") for each in secrets]
    assert known == [False] + [True] * MOST_SESSIONS


@pytest.mark.skipif(os.name == "nt", reason="modes are POSIX's")
def test_a_token_that_others_could_read_is_replaced(tmp_path: Path) -> None:
    """SEC: token_private."""
    first = token_in(tmp_path)
    path = tmp_path / "web-token"
    assert path.stat().st_mode & 0o777 == 0o600
    assert token_in(tmp_path) == first

    path.chmod(0o644)
    second = token_in(tmp_path)

    assert second != first
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_token_that_is_none_is_replaced(tmp_path: Path) -> None:
    """SEC: token_private."""
    token_in(tmp_path)
    (tmp_path / "web-token").write_text("short", "utf-8")

    assert len(token_in(tmp_path)) >= 32
