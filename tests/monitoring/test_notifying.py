"""Telling people, on servers of this machine alone; no secret leaves an address."""

import json
import logging
import os
import re
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from orquestrador.config import AlertSettings, default_settings
from orquestrador.errors import NotificationError
from orquestrador.monitoring.notifying import send, sinks_on

if TYPE_CHECKING:
    from orquestrador.messages.monitor import Sink

apprise = pytest.importorskip("apprise")
telegram = pytest.importorskip("apprise.plugins.telegram")

# It reads all its plugins, some of which use what Python is going to remove.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

PASSWORD = "Tr0ub4dor&3"  # noqa: S105 -- nobody's
QUOTED = "Tr0ub4dor%263"
TOKEN = "123456789:AAE-x9_secret-token_part"  # noqa: S105 -- nobody's


def settings(**alerts: Any) -> AlertSettings:
    changes = {f"alerts.{name}": value for name, value in alerts.items()}
    return default_settings(changes).alerts


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def test_mail_comes_with_title_and_text(mail: Any) -> None:
    address = f"mailto://me:{QUOTED}@127.0.0.1:{mail.port}?from=a@x.org&to=b@x.org"

    send("email", settings(email=address), "Disk: firing", "It is 97 %.")

    (message,) = mail.messages
    assert "Subject: Disk: firing" in message
    assert "It is 97" in message
    assert "b@x.org" in message


def test_a_webhook_gets_json(web: Any) -> None:
    address = f"http://127.0.0.1:{web.server_port}/hook/path"

    send("webhook", settings(webhook=address), "Disk: firing", "It is 97 %.")

    ((path, body),) = web.posts
    assert path.startswith("/hook/path")
    assert json.loads(body)["title"] == "Disk: firing"
    assert json.loads(body)["message"] == "It is 97 %."


def test_telegram_gets_the_message(web: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    here = f"http://127.0.0.1:{web.server_port}/bot"
    monkeypatch.setattr(telegram.NotifyTelegram, "notify_url", here)

    send("telegram", settings(telegram=f"tgram://{TOKEN}/4711"), "Disk", "It is 97 %.")

    path, body = web.posts[-1]
    assert path.startswith(f"/bot{TOKEN}/sendMessage")
    assert "It is 97 %." in json.loads(body)["text"]


def test_what_refuses_is_an_error_without_any_secret(
    mail: Any, web: Any, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    caplog.set_level(logging.DEBUG, "orquestrador")
    here = f"http://127.0.0.1:{web.server_port}/bot"
    monkeypatch.setattr(telegram.NotifyTelegram, "notify_url", here)
    mail.refuses = True
    web.status = 401
    hidden = settings(
        email=f"mailto://me:{QUOTED}@127.0.0.1:{mail.port}?from=a@x.org&to=b@x.org",
        webhook=f"http://me:{QUOTED}@127.0.0.1:{web.server_port}/in/s3cret-part",
        telegram=f"tgram://{TOKEN}/4711",
    )

    refusals: tuple[tuple[Sink, str], ...] = (
        ("email", "127.0.0.1"),
        ("webhook", "401"),
        ("telegram", "401"),
    )
    for sink, said in refusals:
        with pytest.raises(NotificationError) as caught:
            send(sink, hidden, "title", "text")
        text = str(caught.value) + caplog.text
        assert re.match(f"{sink}: .*{said}", str(caught.value))
        for secret in (PASSWORD, QUOTED, TOKEN, "secret-token", "s3cret-part"):
            assert secret not in text


@pytest.mark.parametrize(
    ("sink", "address"),
    [
        ("email", f"mailto://me:{QUOTED}@127.0.0.1:25?to=s3cret-part@x.org"),
        ("webhook", f"http://me:{QUOTED}@127.0.0.1:1/in/s3cret-part?key={TOKEN}"),
        ("telegram", f"tgram://{TOKEN}/s3cret-part"),
    ],
)
def test_an_error_that_has_the_whole_address_loses_it(
    sink: Any, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(url: str, **_options: object) -> None:
        raise RuntimeError(f"cannot reach {url} as {PASSWORD} or {TOKEN}")

    monkeypatch.setattr(apprise.Apprise, "instantiate", fail)

    with pytest.raises(NotificationError, match="cannot reach") as caught:
        send(sink, settings(**{sink: address}), "title", "text")

    shown = str(caught.value)
    secrets = (QUOTED, "s3cret-part", TOKEN if sink != "email" else QUOTED)
    assert not [each for each in secrets if each in shown]
    assert sink == "telegram" or PASSWORD not in shown


def test_nobody_at_the_address_is_an_error() -> None:
    address = f"http://127.0.0.1:{free_port()}/hook"

    with pytest.raises(NotificationError, match="webhook: "):
        send("webhook", settings(webhook=address), "title", "text")


@pytest.mark.parametrize(
    ("sink", "address", "said"),
    [
        ("email", "me@example.org", r"write mailtos://"),
        ("webhook", "ftp://x", "http:// or https://"),
        ("telegram", "https://t.me/x", "tgram://token/chat"),
        ("telegram", "tgram://no-token", "missing or wrong"),
        ("email", "", "alerts.email is not set"),
    ],
)
def test_an_address_that_is_none_says_what_to_write(
    sink: Any, address: str, said: str
) -> None:
    with pytest.raises(NotificationError, match=said) as caught:
        send(sink, settings(**{sink: address}), "title", "text")
    assert not address or address not in str(caught.value)


def test_without_the_package_the_error_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)

    with pytest.raises(NotificationError, match=r"orquestrador\[alerts\]"):
        send("webhook", settings(webhook="http://127.0.0.1:1/"), "title", "text")


def test_a_desktop_that_is_not_there_says_what_is_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def without(*_values: object, **_options: object) -> None:
        return None

    monkeypatch.setattr(apprise.Apprise, "instantiate", without)
    monkeypatch.setattr("shutil.which", without)

    with pytest.raises(NotificationError, match="on this computer; install"):
        send("desktop", settings(desktop=True), "title", "text")


@pytest.mark.skipif(sys.platform == "win32", reason="a script is a program there")
@pytest.mark.parametrize("status", [0, 1])
def test_a_desktop_is_told_by_its_own_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    program = tmp_path / "notify-send"
    program.write_text(
        f'#!/bin/sh\nprintf "%s|" "$@" > "{tmp_path}/told"\n'
        f"echo no desktop >&2\nexit {status}\n"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)

    if status:
        with pytest.raises(NotificationError, match="desktop: no desktop"):
            send("desktop", settings(desktop=True), "--title", "text")
    else:
        send("desktop", settings(desktop=True), "--title", "text")

    told = (tmp_path / "told").read_text()
    assert told == "--app-name=orquestrador|--|--title|text|"


def test_the_ways_that_are_turned_on() -> None:
    assert sinks_on(default_settings().alerts) == ("log",)
    assert sinks_on(settings(log=False, webhook="http://x", desktop=True)) == (
        "desktop",
        "webhook",
    )
