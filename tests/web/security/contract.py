"""The API against its own document: `python -m tests.web.security.contract`.

A system on a copy of the examples is asked by schemathesis what its OpenAPI document
says that it answers, what it says that it refuses, and what it does not speak of:
first with values that are made, then of a file and a snapshot that there are. No
answer may be an error of the server, of a status or type that the document does not
name, or of another shape; what the document forbids must be refused, the methods that
it does not name too, and nothing is told to who does not say who he is.

Prints schemathesis' words. Exit status: 0 nothing was found, 1 something was; it says
how to ask for it again.
"""

import argparse
import contextlib
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

from orquestrador import Orchestrator
from tests.web.conftest import Client

# ruff: noqa: T201 -- a command prints

EXAMPLES = Path(__file__).parents[3] / "examples" / "library"
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "missing_required_header",
    "unsupported_method",
    "allow_header_conformance",
    "ignored_auth",
)
"""Not `positive_data_acceptance`: whether there is such a file the catalog says."""

REFUSING = """
[checks.negative_data_rejection]
expected-statuses = [400, 404, 413, 415, 422]
"""
KNOWN = """
[parameters]
path = "Experts/ATR Expansao.mq5"
snapshot = "latest"
old = "latest"
"""


@dataclass(frozen=True)
class Asked:
    """A system that is asked."""

    url: str
    token: str


@contextlib.contextmanager
def served(folder: Path) -> Generator[Asked]:
    """Start a system on a copy of the examples, with a snapshot and reports."""
    library = folder / "library"
    shutil.copytree(EXAMPLES, library, ignore=shutil.ignore_patterns(".orquestrador"))
    settings = {"classification": {"engine": "inline"}, "web": {"port": 0}}
    with Orchestrator(library, settings=settings, web=True, control=True) as orq:
        orq.classify().result(timeout=120)
        port = Client(orq.page_link()).port
        token = (orq.state / "web-token").read_text("ascii").strip()
        yield Asked(f"http://127.0.0.1:{port}", token)


def ask(asked: Asked, folder: Path, examples: int, seed: int) -> list[str]:
    """Let schemathesis ask; return what it says where it has found something.

    Args:
        asked: the system.
        folder: for its notes.
        examples: made for each operation, besides those at the edges of its types.
        seed: the same one makes the same.

    """
    runs = (
        ("coverage,fuzzing", REFUSING, examples),
        ("fuzzing", REFUSING + KNOWN, examples),
    )
    found: list[str] = []
    for number, (phases, settings, most) in enumerate(runs):
        config = folder / f"schemathesis-{number}.toml"
        config.write_text(settings, "utf-8")
        ended = subprocess.run(
            [
                *(sys.executable, "-m", "schemathesis.cli"),
                *("--config-file", str(config)),
                *("run", f"{asked.url}/api/v1/openapi.json"),
                *("--header", f"Authorization: Bearer {asked.token}"),
                *("--phases", phases, "--checks", ",".join(CHECKS)),
                *("--max-examples", str(most), "--seed", str(seed)),
                *("--continue-on-failure", "--no-color"),
            ],
            cwd=folder,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )
        print(ended.stdout)
        if ended.returncode != 0:
            found.append(ended.stdout + ended.stderr)
    return found


def main() -> int:
    """Ask; return the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--examples", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        place = Path(folder)
        with served(place) as asked:
            found = ask(asked, place, options.examples, options.seed)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
