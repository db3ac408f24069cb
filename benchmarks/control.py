"""Whether peers of every kind disturb a running system that is under full load.

    python benchmarks/control.py [FOLDER] [--files 6000] [--idle 1000] [--smoke]

A first run over a library (FOLDER, or one that is made from the examples) keeps every
processor busy. Meanwhile, once over a Unix socket and once over TCP, another process
opens idle connections, reads and writes byte by byte, sends frames that are too long,
cut off or no frames at all, and shows tokens that are wrong or of an earlier system.
All the while a proper client asks the control actor for its status.

Prints JSON for each way: how long the answers took, what the strangers were told, and
whether the run did what it does alone: the same export, no restart.

Exit status: 0 when the answers' p99 is within the limit and nothing was changed.
`--smoke` takes seconds; its time is not judged, for it has too few answers.
"""

import argparse
import contextlib
import hashlib
import json
import multiprocessing
import os
import re
import socket
import statistics
import struct
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import msgspec

from orquestrador import Orchestrator, orchestrator
from orquestrador.errors import MessageError, NobodyListensError, PeerRefusedError
from orquestrador.messages.codec import FrameReader, encode, frame
from orquestrador.messages.control import GetStatus
from orquestrador.running import RunningLibrary, find
from orquestrador.supervisor.remote import Address, Limits, address, wire
from orquestrador.supervisor.remote.greeting import Greeted, greet
from orquestrador.supervisor.remote.listening import Token, read_token

LIMIT_MS = 50.0
"""Of the control actor's answer, at the 99th percentile."""

EXAMPLES = Path(__file__).parents[1] / "examples" / "library"
_PAUSE_S = 0.005
_LONG_S = 5.0
_NEW_EVERY = 20
_AGAIN = 20
"""Idle ones that were sent away and come back, at a time."""

_FRIENDS = 16
"""Idle connections that have greeted; they keep their places."""


def main() -> int:
    """Measure; print the figures."""
    parser = argparse.ArgumentParser(description="A system under load, and strangers.")
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--files", type=int, default=6000)
    parser.add_argument("--idle", type=int, default=1000)
    parser.add_argument("--smoke", action="store_true")
    options = parser.parse_args()
    ways = ["tcp"] if sys.platform == "win32" else ["unix", "tcp"]
    held = True
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        files = 300 if options.smoke else options.files
        library = options.folder or _made_library(folder / "library", files)
        alone = _alone(library.absolute(), folder / "alone")
        for way in ways:
            figures = _disturbed(
                library.absolute(), folder / way, way, options.idle, alone
            )
            print(json.dumps({"way": way, **figures}, indent=2))
            held &= bool(figures["unchanged"])
            held &= options.smoke or figures["status_ms"]["p99"] <= LIMIT_MS
    return 0 if held else 1


def _made_library(folder: Path, files: int) -> Path:
    """Write a library of different contents, of the examples' sizes and encodings."""
    sources = [each.read_bytes() for each in sorted(EXAMPLES.rglob("*.mq?"))]
    folder.mkdir()
    for number in range(files):
        source = sources[number % len(sources)]
        (folder / f"{number}.mq4").write_bytes(source + b"\n// %d\n" % number)
    return folder


def _alone(library: Path, state: Path) -> str:
    with Orchestrator(library, state=state, backup=False) as orq:
        orq.classify(report=False).result()
        return _export(orq)


def _export(orq: Orchestrator) -> str:
    """Return the hash of everything that is known about every file."""
    digest = hashlib.sha256()
    for record in sorted(orq.search(limit=0), key=lambda each: each.path):
        digest.update(encode(record))
    return digest.hexdigest()


def _disturbed(
    library: Path, state: Path, way: str, idle: int, alone: str
) -> dict[str, Any]:
    # In a process of its own, as a system is: this one only asks.
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    # Daemons: an error here must not leave them behind.
    system = context.Process(
        target=_serve, args=(library, state, way, theirs), daemon=True
    )
    system.start()
    place = Path(ours.recv())
    strangers, told = context.Pipe()
    attack = context.Process(target=_strangers, args=(place, idle, told), daemon=True)
    asker = Asker(library, state)
    attack.start()
    strangers.recv()
    ours.send("classify")
    while not ours.poll():
        asker.ask()
    result = ours.recv()
    strangers.send("end")
    said = strangers.recv()
    attack.join()
    times = asker.figures()
    ours.send("end")
    system.join()
    return {
        "run_s": result["seconds"],
        "status_ms": times,
        "strangers_were_told": said,
        "restarts": result["restarts"],
        "unchanged": result["export"] == alone and not result["restarts"],
    }


# -- the system -----------------------------------------------------------------------


def _serve(library: Path, state: Path, way: str, pipe: Connection) -> None:
    def place(application: str, subject: str) -> Address:
        return address(application, subject, tcp=way == "tcp")

    setattr(orchestrator, "address", place)  # noqa: B010 -- no name that it exports
    with Orchestrator(library, state=state, backup=False, control=True) as orq:
        pipe.send(str(place("orquestrador", str(orq.state)).path))
        pipe.recv()
        began = time.perf_counter()
        orq.classify(report=False).result()
        pipe.send(
            {
                "seconds": round(time.perf_counter() - began, 2),
                "restarts": sum(each.restarts for each in orq.system.snapshot()),
                "export": _export(orq),
            }
        )
        pipe.recv()


# -- a proper client ------------------------------------------------------------------


class Asker:
    """Asks the control actor for its status, by an old connection and by new ones."""

    def __init__(self, library: Path, state: Path) -> None:
        """Connect before the strangers come, as a REPL does."""
        self._place = (library, state)
        self._times: list[float] = []
        self._newcomers: Counter[str] = Counter()
        client = find(library, state)
        assert client is not None  # noqa: S101 -- it was announced
        self._client = client

    def ask(self) -> None:
        """Ask once more; every so often as a program that has just been started."""
        self._ask(self._client)
        if len(self._times) % _NEW_EVERY == 0:
            try:
                newcomer = find(*self._place)
                if newcomer is None:
                    self._newcomers["not greeted in time"] += 1
                else:
                    with newcomer:
                        self._ask(newcomer)
                    self._newcomers["answered"] += 1
            except PeerRefusedError as error:
                self._newcomers[str(error)] += 1
        time.sleep(_PAUSE_S)

    def _ask(self, client: RunningLibrary) -> None:
        began = time.perf_counter()
        client.status()
        self._times.append(1000 * (time.perf_counter() - began))

    def figures(self) -> dict[str, Any]:
        """Leave, and return milliseconds, and what newcomers were told."""
        self._client.close()
        cuts = statistics.quantiles(self._times, n=100)
        return {
            "answers": len(self._times),
            "p50": round(cuts[49], 2),
            "p99": round(cuts[98], 2),
            "max": round(max(self._times), 2),
            "newcomers": dict(self._newcomers),
        }


# -- strangers ------------------------------------------------------------------------


def _strangers(place: Path, idle: int, pipe: Connection) -> None:
    """Connect idly, then misbehave until told to end; tell what was answered."""
    _allow_files(idle + 200)
    address_ = Address(place)
    told: Counter[str] = Counter()
    silent: list[socket.socket] = []
    friends: list[Greeted] = []
    pipe.send("ready")
    while not pipe.poll():
        # They come back when they are sent away: there are always so many.
        silent = _idle(address_, silent, idle, told)
        while len(friends) < _FRIENDS:
            with contextlib.suppress(NobodyListensError, PeerRefusedError):
                friends.append(greet(address_, Limits(), _LONG_S))
        for name, misbehave in _DEEDS.items():
            try:
                words = misbehave(address_)
            except (NobodyListensError, PeerRefusedError, OSError) as error:
                words = str(error)
            told[f"{name}: {_digits(words)}"] += 1
    for each in silent:
        each.close()
    for friend in friends:
        friend.connection.close()
    pipe.recv()
    pipe.send(dict(told.most_common()))


def _allow_files(count: int) -> None:
    if sys.platform == "win32":
        return
    import resource  # noqa: PLC0415 -- POSIX's

    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, max(1024, count)), most))


def _idle(
    place: Address, silent: list[socket.socket], wanted: int, told: Counter[str]
) -> list[socket.socket]:
    """Return so many that say nothing: the old ones that are left, and new ones."""
    kept: list[socket.socket] = []
    for each in silent:
        words = _heard(each, wait_s=0.0)
        if words is None:
            kept.append(each)
        else:
            told[f"idle: {_digits(words)}"] += 1
            each.close()
    count = wanted - len(kept)
    for _each in range(min(count, _AGAIN) if silent else count):
        try:
            kept.append(_connected(place))
        except BlockingIOError:
            # As many as the system queues are connecting just now.
            time.sleep(_PAUSE_S)
        except OSError as error:
            told[f"idle: {error.strerror}"] += 1
    return kept


def _connected(place: Address) -> socket.socket:
    if sys.platform != "win32" and place.is_socket:
        opened = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        opened.settimeout(_LONG_S)
        opened.connect(str(place.path))
    else:
        port = read_token(place.path).port
        opened = socket.create_connection(("127.0.0.1", port), _LONG_S)
    return opened


def _heard(peer: socket.socket, *, wait_s: float = _LONG_S) -> str | None:
    """Return the other side's last words; None if it still listens."""
    reader, answers = FrameReader(), wire.answer_decoder(1 << 20)
    words = "(nothing)"
    peer.settimeout(wait_s)
    try:
        while data := peer.recv(1 << 16):
            for each in reader.feed(data):
                with contextlib.suppress(MessageError):
                    answer = answers.decode(each)
                    words = getattr(answer, "words", words)
    except (BlockingIOError, TimeoutError):
        return None
    except ConnectionError:
        return words
    return words


def _after_greeting(data: bytes) -> Callable[[Address], str]:
    """Return what sends these bytes once it is welcome."""

    def misbehave(place: Address) -> str:
        with greet(place, Limits(), _LONG_S).connection as peer:
            peer.sendall(data)
            return _heard(peer) or "(it is still waited for)"

    return misbehave


def _before_greeting(place: Address) -> str:
    with _connected(place) as peer:
        peer.sendall(b"GET / HTTP/1.1\r\n\r\n")
        return _heard(peer) or "(it is still waited for)"


def _cut_off(place: Address) -> str:
    with greet(place, Limits(), _LONG_S).connection as peer:
        peer.sendall(_STATUS_FRAME[:-3])
    return "(left in the middle of a frame)"


def _by_letter(place: Address) -> str:
    with greet(place, Limits(), _LONG_S).connection as peer:
        for letter in _STATUS_FRAME:
            peer.sendall(bytes([letter]))
            time.sleep(_PAUSE_S)
        peer.settimeout(_LONG_S)
        letters = 0
        while letters < 40 and peer.recv(1):
            letters += 1
        return "(answered)"


def _garbage(place: Address) -> str:
    return _after_greeting(os.urandom(2000))(place)


def _wrong_token(place: Address) -> str:
    """Show a secret of one's own making, to the right port."""
    if place.is_socket:
        return "(a Unix socket has none)"
    return _with_token(Token(read_token(place.path).port, bytes(32)))


def _stale_token(place: Address) -> str:
    """Show the secret of a system that has ended, whose port nobody has."""
    if place.is_socket:
        return "(a Unix socket has none)"
    with socket.socket() as ended:
        ended.bind(("127.0.0.1", 0))
        port = ended.getsockname()[1]
    return _with_token(Token(port, read_token(place.path).secret))


def _with_token(token: Token) -> str:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "other.token"
        path.touch(mode=0o600)
        path.write_bytes(msgspec.json.encode(token))
        greet(Address(path), Limits(), _LONG_S).connection.close()
    return "WELCOMED"


def _digits(words: str) -> str:
    """Return the words without the numbers and names of one time only."""
    return re.sub(r"/\S+|\d+", "…", words)


_ASK = wire.Ask(number=1, actor="control", message=encode(GetStatus()), timeout_s=None)
_STATUS_FRAME = frame(encode(_ASK))

_DEEDS: dict[str, Callable[[Address], str]] = {
    "no greeting": _before_greeting,
    "oversized": _after_greeting(
        b"\xc6" + struct.pack(">I", 2**32 - 1) + bytes(1_200_000)
    ),
    "truncated": _cut_off,
    "malformed": _after_greeting(frame(b"\x93" * 500)),
    "garbage": _garbage,
    "slow": _by_letter,
    "wrong token": _wrong_token,
    "stale token": _stale_token,
}


if __name__ == "__main__":
    raise SystemExit(main())
