"""A name that was made to lead here, and the page of another site."""

from http import HTTPMethod

import pytest

from tests.web.security.conftest import House

METHODS = (*map(str, HTTPMethod), "PROPFIND", "BREW")
JSON = {"content_type": "application/json"}


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:{port}",
        "127.0.0.1",
        "localhost",
        "127.0.0.1:1",
        "127.0.0.1.:{port}",
        "localhost.:{port}",
        "127.0.0.1:{port}.evil.example",
        "127.0.0.1:0{port}",
        "127.1:{port}",
        "2130706433:{port}",
        "0.0.0.0:{port}",
        "[::1]:{port}",
        "[::ffff:127.0.0.1]:{port}",
        "127.0.0.1:{port}@evil.example",
        "127.0.0.1:{port}, evil.example",
        "127.0.0.1:{port}\nevil.example",
        "127.0.0.1:{port}\n127.0.0.1:{port}",
        "",
    ],
)
def test_another_name_that_leads_here_is_not_served(house: House, host: str) -> None:
    """SEC: host_foreign, host_forms."""
    for path, methods in house.addresses:
        method = "POST" if "POST" in methods else "GET"
        answer = house.ask(path, method, host=host.format(port=house.port))
        assert answer.code in {400, 421}, path


def test_without_a_name_nothing_is_served(house: House) -> None:
    """SEC: host_missing."""
    cookie = f"Cookie: {house.cookie}\r\n".encode()
    for version in (b"1.0", b"1.1"):
        for path in (b"/", b"/api/v1/events"):
            said = b"GET %s HTTP/%s\r\n%sConnection: close\r\n\r\n"
            answer = house.wire(said % (path, version, cookie))
            assert answer[9:12] in {b"400", b"421"}, answer


@pytest.mark.parametrize(
    "target",
    [
        "http://evil.example/api/v1/status",
        "http://127.0.0.1:{port}/api/v1/status",
        "HTTP://127.0.0.1:{port}/api/v1/events",
        "https://evil.example",
        "evil.example:{port}",
        "*",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "CONNECT", "OPTIONS"])
def test_a_target_that_names_a_host_itself_is_not_served(
    house: House, method: str, target: str
) -> None:
    """SEC: host_in_target."""
    host = f"127.0.0.1:{house.port}"
    said = (
        f"{method} {target.format(port=house.port)} HTTP/1.1\r\nHost: {host}\r\n"
        f"Cookie: {house.cookie}\r\nConnection: close\r\n\r\n"
    )
    answer = house.wire(said.encode())
    assert answer[9:12] in {b"400", b"421"}, answer


@pytest.mark.parametrize("method", METHODS)
def test_the_page_of_another_site_may_ask_nothing_in_any_way(
    house: House, method: str
) -> None:
    """SEC: origin_foreign."""
    for path, _ in house.addresses:
        answer = house.ask(path, method, "{}", origin="https://evil.example", **JSON)
        assert answer.code == 403, path
        assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "",
        "http://127.0.0.1",
        "http://127.0.0.1:1",
        "http://localhost:1",
        "https://127.0.0.1:{port}",
        "http://127.0.0.1:{port}.evil.example",
        "http://127.0.0.1:{port}/",
        "http://[::1]:{port}",
        "http://127.0.0.1:{port}\nhttps://evil.example",
        "file://",
    ],
)
@pytest.mark.parametrize("known", ["cookie", "token"])
def test_an_origin_that_is_not_ours_is_another_site(
    house: House, origin: str, known: str
) -> None:
    """SEC: origin_forms."""
    who = (
        {"cookie": house.cookie}
        if known == "cookie"
        else {"cookie": "", "authorization": f"Bearer {house.token}"}
    )
    for path, methods in house.addresses:
        for method in methods:
            said = who | {"origin": origin.format(port=house.port)}
            assert house.ask(path, method, **said).code == 403, (method, path)


@pytest.mark.parametrize("site", ["cross-site", "same-site", "", "new", "none\nx"])
def test_what_a_browser_says_is_from_another_site_is_refused(
    house: House, site: str
) -> None:
    """SEC: fetch_site."""
    for path, methods in house.addresses:
        for method in methods:
            for mode in ("no-cors", "cors", "navigate"):
                said = {"sec_fetch_site": site, "sec_fetch_mode": mode}
                aim = "image" if mode == "no-cors" else "iframe"
                answer = house.ask(path, method, **said, sec_fetch_dest=aim)
                assert answer.code == 403, (method, path, mode)


def test_a_link_is_followed_wherever_it_stands(house: House) -> None:
    """SEC: fetch_link."""
    link = {"sec_fetch_mode": "navigate", "sec_fetch_dest": "document"}
    assert house.ask("/", sec_fetch_site="cross-site", **link).code == 200
    assert house.ask("/", sec_fetch_site="none", **link).code == 200
    for path in house.orders():
        # What a form of another site sends.
        answer = house.ask(path, "POST", sec_fetch_site="cross-site", **link)
        assert answer.code == 403, path


def test_an_order_does_not_hide_where_it_is_from(house: House) -> None:
    """SEC: origin_missing."""
    for path in house.orders():
        client = house.stranger()
        by_cookie = client.send(path, "POST", "{}", cookie=house.cookie, **JSON)
        assert by_cookie.code == 403, path
        wrong = {"cookie": house.cookie, "authorization": f"Bearer {house.token[1:]}"}
        assert client.send(path, "POST", "{}", **wrong, **JSON).code == 403, path


def test_our_own_page_and_programs_are_answered(house: House) -> None:
    """SEC: origin_ours."""
    pause = '{"paused": false}'
    assert house.ask("/api/v1/pause", "POST", pause).code == 200
    for host in ("127.0.0.1", "localhost", "LOCALHOST"):
        said = {"host": f"{host}:{house.port}", "origin": f"http://{host}:{house.port}"}
        assert house.ask("/api/v1/pause", "POST", pause, **said).code == 200
    program = {"authorization": f"Bearer {house.token}"} | JSON
    answer = house.stranger().send("/api/v1/pause", "POST", pause, **program)
    assert answer.code == 200
