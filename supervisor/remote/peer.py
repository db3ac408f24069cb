"""Who is at the other end of a Unix socket, as the kernel says."""

import os
import socket
import struct
import sys

from orquestrador.errors import PeerRefusedError

_LOCAL_PEERCRED = 1
_XUCRED_BYTES = 76


def peer_uid(connection: socket.socket) -> int | None:
    """Return the user at the other end; None where the system does not tell."""
    if sys.platform == "linux":
        size = struct.calcsize("3i")
        data = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size)
        _pid, uid, _gid = struct.unpack("3i", data)
        return int(uid)
    if sys.platform == "darwin":
        # What getpeereid(3) asks for: struct xucred begins with version and uid.
        data = connection.getsockopt(0, _LOCAL_PEERCRED, _XUCRED_BYTES)
        _version, uid = struct.unpack_from("=II", data)
        return int(uid)
    return None


def check_peer(connection: socket.socket) -> None:
    """Refuse a peer that is another user.

    Raises:
        PeerRefusedError: names both users.

    """
    if sys.platform == "win32":
        return
    uid = peer_uid(connection)
    if uid is not None and uid != os.geteuid():
        raise PeerRefusedError(
            f"the other side is user {uid}; only user {os.geteuid()} may talk here"
        )
