"""The listening socket at an address: one process's at a time.

Who holds the lock file owns the address. What a process that was killed has left
there is then nobody's, and is replaced; what a living one has is not touched.
"""

import contextlib
import os
import secrets
import socket
import sys
from dataclasses import dataclass
from pathlib import Path

import msgspec

from orquestrador.errors import NobodyListensError, PeerRefusedError
from orquestrador.supervisor.remote.challenge import SECRET_BYTES, new_secret
from orquestrador.supervisor.remote.lock import HeldFile
from orquestrador.supervisor.remote.place import Address, check_private

LOOPBACK = "127.0.0.1"
BACKLOG = 128

_PATIENCE_S = 2.0
"""An incarnation that was cut off lets go of its socket within this time."""

_MAX_TOKEN_BYTES = 1000


class Token(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the token file says; only its owner can read it."""

    port: int
    secret: bytes


@dataclass(frozen=True, slots=True)
class Listening:
    """An open listening socket, and what it holds on disk."""

    address: Address
    socket: socket.socket
    held: HeldFile
    secret: bytes | None
    """Of a TCP socket; a Unix socket needs none."""

    @property
    def port(self) -> int:
        """The TCP port."""
        port: int = self.socket.getsockname()[1]
        return port

    def close(self) -> None:
        """Stop listening and take away what stands at the address."""
        self.socket.close()
        # Still under the lock: it cannot be anybody else's.
        with contextlib.suppress(OSError):
            self.address.path.unlink(missing_ok=True)
        self.held.release()


def listen(address: Address, *, patience_s: float = _PATIENCE_S) -> Listening:
    """Open the listening socket at an address.

    Args:
        address: from `place.address`.
        patience_s: how long to wait for a holder that is just leaving.

    Raises:
        PeerRefusedError: if a living process listens there, or the folder could be
            somebody else's.
        OSError: if the socket cannot be made.

    """
    check_private(address.path.parent)
    held = HeldFile.hold(address.lock, patience_s=patience_s)
    try:
        if address.is_socket:
            return Listening(address, _unix_socket(address.path), held, None)
        return _tcp_socket(address, held)
    except BaseException:
        held.release()
        raise


def _unix_socket(path: Path) -> socket.socket:
    if sys.platform == "win32":
        raise PeerRefusedError(f"{path}: there are no Unix sockets on this system")
    opened = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        path.unlink(missing_ok=True)
        # Nobody can connect before `listen`, so the mode is there in time.
        opened.bind(os.fspath(path))
        path.chmod(0o600)
        opened.listen(BACKLOG)
        opened.settimeout(0.0)
    except BaseException:
        opened.close()
        raise
    return opened


def _tcp_socket(address: Address, held: HeldFile) -> Listening:
    opened = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        if sys.platform == "win32":
            # Otherwise another program could bind the same port beside us.
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        opened.bind((LOOPBACK, 0))
        opened.listen(BACKLOG)
        opened.settimeout(0.0)
        listening = Listening(address, opened, held, new_secret())
        _write_token(address.path, listening)
    except BaseException:
        opened.close()
        raise
    return listening


def _write_token(path: Path, listening: Listening) -> None:
    assert listening.secret is not None  # noqa: S101 -- a TCP socket has one
    token = msgspec.json.encode(Token(listening.port, listening.secret))
    # A reader must never see half a token: the name appears with all of it.
    part = path.with_suffix(f".{secrets.token_hex(4)}")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "wb") as file:  # noqa: PTH123 -- a descriptor, not a path
        file.write(token)
    part.replace(path)


def read_token(path: Path) -> Token:
    """Return what a token file says.

    Raises:
        NobodyListensError: if there is none, or it is no token.
        PeerRefusedError: if others could have read or written it.

    """
    try:
        check_private(path.parent)
        check_private(path, folder=False)
        with path.open("rb") as file:
            token = msgspec.json.decode(file.read(_MAX_TOKEN_BYTES), type=Token)
    except FileNotFoundError:
        raise NobodyListensError(f"no system listens at {path}") from None
    except msgspec.MsgspecError as error:
        raise NobodyListensError(f"{path} is no token: {error}") from error
    if len(token.secret) != SECRET_BYTES or not 0 < token.port < 65536:
        raise NobodyListensError(f"{path} is no token of this version")
    return token
