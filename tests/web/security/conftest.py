"""One real system on a copy of the examples: what it must refuse is asked of it.

Whatever the tests do, at the end of each of their files everything that the system
knew and kept is there as it was, no actor has failed, and the status answers.
"""

import hashlib
import json
import shutil
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from starlette.routing import Route

from orquestrador import Orchestrator
from orquestrador.interface.web import server
from orquestrador.messages import record_to_json
from orquestrador.messages.control import GetStatus
from orquestrador.snapshots import SnapshotRepository
from tests.web.conftest import Answer, Client

EXAMPLES = Path(__file__).parents[3] / "examples" / "library"
OUTSIDE = "int OnInit() { return 5550123; }\n"
"""Stands in a file beside the library: no answer may hold it."""


class Address(NamedTuple):
    """Something that the application answers."""

    path: str
    methods: frozenset[str]


@dataclass
class House:
    """The running system, and who asks it."""

    orq: Orchestrator
    addresses: tuple[Address, ...]
    """Every one that there is, as the application itself has them."""

    port: int
    token: str
    cookie: str
    before: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def ask(
        self, path: str, method: str = "GET", body: str | None = None, **headers: str
    ) -> Answer:
        """Ask as our own page does: with its cookie and its origin."""
        ours = {"cookie": self.cookie, "sec_fetch_site": "same-origin"}
        if method not in {"GET", "HEAD"}:
            ours |= {"origin": self.origin, "content_type": "application/json"}
            body = "{}" if body is None else body
        return self.stranger().send(path, method, body, **ours | headers)

    def stranger(self) -> Client:
        """Return a client that has nothing but the address."""
        return Client(self.origin)

    def wire(self, sent: bytes) -> bytes:
        """Send bytes; return all that is answered until the connection is closed."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=30) as wire:
            try:
                wire.sendall(sent)
                return b"".join(iter(lambda: wire.recv(1 << 16), b""))
            except ConnectionError:
                return b""

    def orders(self) -> list[str]:
        return [each.path for each in self.addresses if "POST" in each.methods]

    def standing(self) -> dict[str, str]:
        """Return what the system knows and keeps, by name."""
        folder, state = self.orq.library.parent, self.orq.state
        found = {
            f"file {path.relative_to(folder)}": _hash(path)
            for path in folder.rglob("*")
            if path.is_file() and not path.is_relative_to(state)
        }
        for kept in ("corrections.toml", "reports/*.html", "journal/*"):
            for path in filter(Path.is_file, state.glob(kept)):
                found[f"kept {path.relative_to(state)}"] = _hash(path)
        for each in json.loads(self.ask("/api/v1/snapshots").body):
            found[f"snapshot {each['id']}"] = json.dumps(each)
        with self.orq.catalog() as catalog:
            for record in catalog.records():
                found[f"record {record.path}"] = json.dumps(record_to_json(record))
        return found

    def assert_unharmed(self) -> None:
        """What was there is there; nothing has appeared beside the library."""
        now = self.standing()
        assert {name: now.get(name) for name in self.before} == self.before
        beside = {each.name for each in self.orq.library.parent.iterdir()}
        assert beside == {"library", "outside.mq4"}
        with SnapshotRepository(self.orq.state / "snapshots", read_only=True) as kept:
            assert kept.verify().problems == ()
        restarts = {each.name: each.restarts for each in self.orq.system.snapshot()}
        assert not any(restarts.values()), restarts
        assert self.orq.system.ref("control").ask(GetStatus(), timeout=30)
        assert self.ask("/api/v1/status").code == 200


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


# For a file's tests only: the next file's may be about the loggers and the systems of
# the process, which this one is among.
@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("place")
    (folder / "outside.mq4").write_text(OUTSIDE, "utf-8")
    library = folder / "library"
    shutil.copytree(EXAMPLES, library, ignore=shutil.ignore_patterns(".orquestrador"))
    settings = {
        "classification": {"engine": "inline"},
        "web": {"port": 0},
        # Nothing happens but what is asked for.
        "backup": {"automatic": False, "schedule": ""},
        "report": {"automatic": False},
    }
    made: list[Any] = []
    make = server.application

    def noted(*arguments: Any) -> Any:
        made.append(make(*arguments))
        return made[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(server, "application", noted)
        with Orchestrator(library, settings=settings, web=True, control=True) as orq:
            orq.classify(backup=False, report=False).result(timeout=120)
            orq.backup(timeout=120)
            orq.report(kind="full", formats=("html",), timeout=120)
            client = Client(orq.page_link())
            client.enter()
            token = (orq.state / "web-token").read_text("ascii").strip()
            addresses = tuple(_addresses(made[0]._inner.routes))
            house = House(orq, addresses, client.port, token, client.cookie)
            house.before = house.standing()
            yield house
            house.assert_unharmed()


def _addresses(routes: list[Any]) -> Iterator[Address]:
    for each in routes:
        # Another kind of route would have to be asked in another way.
        assert isinstance(each, Route), each
        path = each.path.replace("{name:path}", "page.css")
        assert "{" not in path, path
        yield Address(path, frozenset(each.methods or ()))
