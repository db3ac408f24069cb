"""Who is let in: browsers by a link that works once, programs by a token in a file."""

import hashlib
import hmac
import os
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path

TOKEN_FILE = "web-token"  # noqa: S105 -- a file's name
LINK_S = 60.0
MOST_LINKS = 16
MOST_SESSIONS = 64
"""The oldest is forgotten for a new one."""


class Access:
    """The keys, sessions and token of one open page; for any thread.

    Args:
        token: what programs send as `Authorization: Bearer`.
        port: names the cookie: cookies are the same for all ports of an address.
        now: seconds of a clock that never goes back.

    """

    def __init__(
        self, token: str, port: int, now: Callable[[], float] = time.monotonic
    ) -> None:
        self.cookie = f"orquestrador-{port}"
        self._token = token
        self._now = now
        self._lock = threading.Lock()
        self._links: OrderedDict[bytes, float] = OrderedDict()
        self._sessions: OrderedDict[bytes, None] = OrderedDict()

    def new_key(self) -> str:
        """Return a key that opens a session once, within `LINK_S` seconds."""
        key = secrets.token_urlsafe(32)
        with self._lock:
            self._links[_digest(key)] = self._now() + LINK_S
            while len(self._links) > MOST_LINKS:
                self._links.popitem(last=False)
        return key

    def open_session(self, key: str) -> str | None:
        """Return a new session's secret for a key; None for one that is void."""
        with self._lock:
            until = self._links.pop(_digest(key), None)
            if until is None or self._now() > until:
                return None
            secret = secrets.token_urlsafe(32)
            self._sessions[_digest(secret)] = None
            while len(self._sessions) > MOST_SESSIONS:
                self._sessions.popitem(last=False)
        return secret

    def knows_browser(self, cookies: str) -> bool:
        """Return whether a `Cookie` header holds the secret of a session.

        What other programs of this computer have left in the browser stands there
        too, whatever its form: a reader of cookies that gives up on it locks us out.
        """
        pairs = (each.strip().partition("=") for each in cookies.split(";"))
        found = {_digest(value) for name, _, value in pairs if name == self.cookie}
        with self._lock:
            return not found.isdisjoint(self._sessions)

    def knows_program(self, authorization: str) -> bool:
        """Return whether an `Authorization` header holds the token."""
        scheme, _, token = authorization.partition(" ")
        same = hmac.compare_digest(_digest(token.strip()), _digest(self._token))
        return scheme.lower() == "bearer" and same


def _digest(secret: str) -> bytes:
    # Looked up by its hash: how long that takes says nothing about the secret.
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).digest()


def token_in(folder: Path) -> str:
    """Return the token for programs, made with the first page; the owner's alone.

    Raises:
        OSError: if it can neither be read nor written.

    """
    path = folder / TOKEN_FILE
    if path.exists() and _is_private(path):
        token = path.read_text(encoding="ascii", errors="replace").strip()
        if len(token) >= 32:
            return token
    token = secrets.token_urlsafe(32)
    draft = path.with_name(f"{TOKEN_FILE}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(token + "\n")
    draft.replace(path)
    return token


def _is_private(path: Path) -> bool:
    """Return whether nobody else can have read it, as far as its mode says."""
    return os.name == "nt" or not path.stat().st_mode & 0o077
