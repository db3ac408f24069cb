"""How two processes prove over TCP that both have read the same secret file.

    server -> client    its nonce
    client -> server    its nonce, proof of "client"
    server -> client    proof of "server"

A proof is an HMAC-SHA256 by the secret over the prover's role, the port and both
nonces. The role keeps a proof from being sent back to its maker; the port keeps
whoever took over an old port from passing proofs on to the system's new one.
"""

import hmac
import secrets

from orquestrador.errors import PeerRefusedError

NONCE_BYTES = PROOF_BYTES = SECRET_BYTES = 32


def new_secret() -> bytes:
    """Return a secret for the life of one listening socket."""
    return secrets.token_bytes(SECRET_BYTES)


def _proof(secret: bytes, role: bytes, port: int, nonces: bytes) -> bytes:
    message = role + port.to_bytes(2, "big") + nonces
    return hmac.digest(secret, message, "sha256")


class ServerChallenge:
    """The server's side."""

    def __init__(self, secret: bytes, port: int) -> None:
        """Challenge one client, with a nonce of its own."""
        self._secret = secret
        self._port = port
        self.nonce = secrets.token_bytes(NONCE_BYTES)

    def answer(self, frame: bytes) -> bytes:
        """Return the server's proof to a client that has proved itself.

        Raises:
            PeerRefusedError: if it has not.

        """
        theirs, proof = frame[:NONCE_BYTES], frame[NONCE_BYTES:]
        nonces = self.nonce + theirs
        expected = _proof(self._secret, b"client", self._port, nonces)
        if len(frame) != NONCE_BYTES + PROOF_BYTES or not hmac.compare_digest(
            proof, expected
        ):
            raise PeerRefusedError("the client does not know the secret")
        return _proof(self._secret, b"server", self._port, nonces)


class ClientChallenge:
    """The client's side."""

    def __init__(self, secret: bytes, port: int, nonce: bytes) -> None:
        """Answer the server's `nonce`.

        Raises:
            PeerRefusedError: if it is no nonce.

        """
        if len(nonce) != NONCE_BYTES:
            raise PeerRefusedError("what listens at the port is no system of ours")
        mine = secrets.token_bytes(NONCE_BYTES)
        self._nonces = nonce + mine
        self._secret = secret
        self._port = port
        self.answer = mine + _proof(secret, b"client", port, self._nonces)

    def check(self, proof: bytes) -> None:
        """Refuse a server that does not know the secret.

        Raises:
            PeerRefusedError: if it does not.

        """
        expected = _proof(self._secret, b"server", self._port, self._nonces)
        if not hmac.compare_digest(proof, expected):
            raise PeerRefusedError("the server does not know the secret")
