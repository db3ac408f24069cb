"""Telling people: mail, a webhook, Telegram and the desktop, through `apprise`.

Addresses hold passwords and tokens. None of them gets into an error or a log, and
nothing but these functions ever sees them.
"""

import logging
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from orquestrador.config import AlertSettings
from orquestrador.errors import NotificationError
from orquestrador.messages.monitor import SINKS, Sink

_LIMITS = "cto=10&rto=20"
"""Seconds to connect and to wait for an answer, as `apprise` writes them."""

_PROGRAM_S = 10.0

_DESKTOPS = {
    "win32": ("windows://",),
    "darwin": ("macosx://",),
    "linux": ("dbus://", "gnome://"),
}
_ADVICE = {
    "win32": "install pywin32",
    "darwin": "install terminal-notifier",
    "linux": "install notify-send (libnotify)",
}
_SHAPES = {
    "email": (r"mailtos?://.+", "mailtos://user:password@host?to=address"),
    "webhook": (r"https?://.+", "an address with http:// or https://"),
    "telegram": (r"tgram://.+", "tgram://token/chat"),
}


def sinks_on(settings: AlertSettings) -> tuple[Sink, ...]:
    """Return the ways of telling people that the settings turn on."""
    return tuple(each for each in SINKS if getattr(settings, each))


def send(sink: Sink, settings: AlertSettings, title: str, text: str) -> None:
    """Send one message; takes as long as the other side, at most half a minute.

    Args:
        sink: any but `log`, which is the caller's own.
        settings: hold the address.
        title: one line.
        text: the rest.

    Raises:
        NotificationError: if it could not be handed over; says what to do.

    """
    address = getattr(settings, sink)
    if not address:
        raise NotificationError(f"alerts.{sink} is not set; see `config show`")
    program = shutil.which("notify-send") if sink == "desktop" else None
    if program is not None:
        _through_program(program, title, text)
        return
    failures: list[str] = []
    for url in _desktops() if sink == "desktop" else (_checked(sink, address),):
        failure = _through_apprise(url, title, text)
        if failure is None:
            return
        failures.append(failure)
    raise NotificationError(f"{sink}: {'; '.join(dict.fromkeys(failures))}")


def _through_program(program: str, title: str, text: str) -> None:
    """Notify by what every Linux desktop has; the library needs packages to build."""
    try:
        subprocess.run(  # noqa: S603 -- found on the user's own path, and no shell
            [program, "--app-name=orquestrador", "--", title, text],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=True,
            timeout=_PROGRAM_S,
        )
    except subprocess.CalledProcessError as error:
        words = error.stderr.decode("utf-8", "replace").strip()
        raise NotificationError(f"desktop: {words or error}") from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotificationError(f"desktop: {error}") from error


def _desktops() -> tuple[str, ...]:
    return _DESKTOPS.get(sys.platform, _DESKTOPS["linux"])


def _checked(sink: Sink, address: str) -> str:
    pattern, example = _SHAPES[sink]
    if not re.fullmatch(pattern, address):
        raise NotificationError(f"alerts.{sink} is no such address; write {example}")
    if sink == "webhook":
        address = re.sub(r"^http", "json", address)
    return f"{address}{'&' if '?' in address else '?'}{_LIMITS}"


def _through_apprise(url: str, title: str, text: str) -> str | None:
    """Send; return why not, without any secret, or None."""
    try:
        # An extra, loaded when it is used; what it gives to type checkers is partial.
        apprise: Any = import_module("apprise")
    except ImportError:
        return "needs another package: pip install 'orquestrador[alerts]'"
    with apprise.LogCapture(level=logging.INFO) as captured:
        try:
            plugin = apprise.Apprise.instantiate(url, suppress_exceptions=True)
            if plugin is None:
                return _unusable(url)
            if plugin.notify(body=text, title=title):
                return None
        except Exception as error:  # noqa: BLE001 -- a plugin's own, and not our end
            return _without_secrets(f"{type(error).__name__}: {error}", url)
        words = _last_words(captured.getvalue())
    return _without_secrets(words, url) or "the other side refused it"


def _unusable(url: str) -> str:
    if url in _desktops():
        advice = _ADVICE.get(sys.platform, _ADVICE["linux"])
        return f"no notifications on this computer; {advice}"
    return "the address has a part that is missing or wrong"


def _last_words(captured: str) -> str:
    lines = [each.strip() for each in captured.splitlines() if each.strip()]
    # "2026-11-22 18:00:00,000 - WARNING - ...".
    return " ".join(each.rpartition(" - ")[2] for each in lines[-2:])


def _without_secrets(text: str, url: str) -> str:
    for secret in sorted(set(_secrets(url)), key=len, reverse=True):
        text = text.replace(secret, "***")
    return text


def _secrets(url: str) -> Iterator[str]:
    """Yield every part of an address that may be one; a host and a port are none."""
    parts = urlsplit(url)
    found = [parts.username, parts.password, *re.split(r"[/?&=]", parts.path)]
    found += [each.partition("=")[2] for each in parts.query.split("&")]
    if parts.scheme == "tgram":
        found += re.split(r"[/:]", url.removeprefix("tgram://"))
    for each in filter(None, found):
        if len(each) > 2:
            yield from (each, unquote(each), quote(each, safe=""))
