"""The user's credentials for an https address, from where git has them.

`git credential` asks the helpers that are set up on this machine; it touches no
repository. Without git, `.netrc` is read.
"""

import netrc
import os
import shutil
import subprocess
from typing import NamedTuple
from urllib.parse import urlsplit

_PATIENCE_S = 60.0


class Credential(NamedTuple):
    """A user name, and a password or token."""

    username: str
    password: str


def find(location: str, *, may_ask: bool) -> Credential | None:
    """Return the credential for an address; None where there is none.

    Args:
        location: an http or https address.
        may_ask: whether git may ask the user on the terminal or in a window.

    """
    if shutil.which("git"):
        answer = _git("fill", _described(location), may_ask=may_ask)
        said = dict(line.split("=", 1) for line in answer.splitlines() if "=" in line)
        if "username" in said and "password" in said:
            return Credential(said["username"], said["password"])
    return _from_netrc(urlsplit(location).hostname or "")


def tell(location: str, credential: Credential, *, worked: bool) -> None:
    """Let git's helpers keep a credential that worked, or forget one that did not."""
    if shutil.which("git"):
        described = _described(location) | credential._asdict()
        _git("approve" if worked else "reject", described, may_ask=False)


def _described(location: str) -> dict[str, str]:
    parts = urlsplit(location)
    described = {
        "protocol": parts.scheme,
        "host": parts.netloc.rpartition("@")[2],
        "path": parts.path.lstrip("/"),
    }
    return described | ({"username": parts.username} if parts.username else {})


def _git(action: str, described: dict[str, str], *, may_ask: bool) -> str:
    environment = dict(os.environ)
    if not may_ask:
        environment |= {
            "GIT_TERMINAL_PROMPT": "0",
            "GCM_INTERACTIVE": "never",
            "GIT_ASKPASS": "",
            "SSH_ASKPASS": "",
        }
    text = "".join(f"{name}={value}\n" for name, value in described.items())
    try:
        done = subprocess.run(  # noqa: S603 -- the user's own git, no shell
            [shutil.which("git") or "git", "credential", action],
            input=text + "\n",
            env=environment,
            stdout=subprocess.PIPE,
            stderr=None if may_ask else subprocess.DEVNULL,
            encoding="utf-8",
            errors="replace",
            timeout=_PATIENCE_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout if done.returncode == 0 else ""


def _from_netrc(host: str) -> Credential | None:
    try:
        found = netrc.netrc().authenticators(host)
    except (OSError, netrc.NetrcParseError):
        return None
    if found is None:
        return None
    login, _, password = found
    return Credential(login or "", password or "")
