"""A served page, and a client that says exactly what it is told to."""

import http.client
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from orquestrador import Orchestrator

SOURCE = "int OnInit() { return 0; }\n"


@dataclass(frozen=True)
class Answer:
    """What a server has answered."""

    code: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8")


class Client:
    """Sends requests to one page; keeps the cookie of a link."""

    def __init__(self, link: str) -> None:
        parts = urlsplit(link)
        self.port = parts.port or 0
        self.entrance = f"{parts.path}?{parts.query}"
        self.cookie = ""

    def send(
        self, path: str, method: str = "GET", body: str | None = None, **headers: str
    ) -> Answer:
        """Send one request; `host` and other headers go before the usual ones."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        said = {"host": f"127.0.0.1:{self.port}", "cookie": self.cookie} | headers
        if body is not None:
            said["content-length"] = str(len(body))
        for name, value in said.items():
            for each in value.split("\n"):
                connection.putheader(name.replace("_", "-"), each)
        connection.endheaders(None if body is None else body.encode())
        answer = connection.getresponse()
        found = Answer(answer.status, dict(answer.getheaders()), answer.read())
        connection.close()
        return found

    def enter(self) -> Answer:
        """Come in by the link."""
        answer = self.send(self.entrance)
        self.cookie = answer.headers.get("set-cookie", "").partition(";")[0]
        return answer


Serve = Callable[..., Any]


@pytest.fixture
def library(tmp_path: Path) -> Path:
    folder = tmp_path / "library"
    folder.mkdir()
    for number in range(3):
        (folder / f"{number}.mq4").write_text(SOURCE + f"// {number}\n", "utf-8")
    return folder


@pytest.fixture
def serve(library: Path) -> Serve:
    """Return what serves a library's page, within a `with` block."""

    @contextmanager
    def started(
        folder: Path = library, web: Mapping[str, Any] | None = None, **options: Any
    ) -> Generator[Orchestrator]:
        settings = {
            "classification": {"engine": "inline"},
            "web": {"port": 0, **(web or {})},
        }
        with Orchestrator(folder, settings=settings, web=True, **options) as orq:
            orq.classify(backup=False, report=False).result(timeout=60)
            yield orq

    return started
