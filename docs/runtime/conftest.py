"""Every Python block of these pages is a test, run in the order of its page.

A `text` block behind it is what it printed; `...` stands for anything. A block that
prints and shows no output fails, and so does a page that leaves a thread running. An
`sh` block runs a program of this repository, `python PATH ARGUMENTS`, in a folder of
its own.
"""

import difflib
import doctest
import io
import shlex
import subprocess
import sys
import tempfile
import threading
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

from sybil import Example, Sybil
from sybil.evaluators.python import PythonEvaluator
from sybil.parsers.markdown import CodeBlockParser

from orquestrador.supervisor.testkit import left_running

ROOT = Path(__file__).parents[2]

_PRINTED = "__printed__"
_THREADS = "__threads__"
_python = PythonEvaluator()
_checker = doctest.OutputChecker()


def run(example: Example) -> None:
    """Run a Python block, and keep what it prints for the block behind it."""
    _check_shown(example.namespace)
    printed = io.StringIO()
    with redirect_stdout(printed):
        _python(example)
    example.namespace[_PRINTED] = printed.getvalue()


def run_command(example: Example) -> None:
    """Run the command of an `sh` block, and keep what it prints."""
    _check_shown(example.namespace)
    python, program, *arguments = shlex.split(example.parsed)
    assert python == "python"
    with tempfile.TemporaryDirectory() as folder:
        ended = subprocess.run(  # noqa: S603 -- a program of ours
            [sys.executable, ROOT / program, *arguments],
            cwd=folder,
            capture_output=True,
            timeout=60,
            encoding="utf-8",
            check=False,
        )
    assert ended.returncode in {0, 1}, ended.stderr
    example.namespace[_PRINTED] = ended.stdout


def compare(example: Example) -> str | None:
    """Hold a text block against what the Python block before it has printed."""
    shown: str = example.parsed
    printed: str = example.namespace.pop(_PRINTED, "")
    if _checker.check_output(shown, printed, doctest.ELLIPSIS):
        return None
    lines = difflib.unified_diff(
        shown.splitlines(), printed.splitlines(), "shown", "printed", lineterm=""
    )
    return "\n".join(lines)


def begin(namespace: dict[str, Any]) -> None:
    """Begin a page as a script of its own."""
    namespace["__name__"] = "__main__"
    namespace[_THREADS] = set(threading.enumerate())


def end(namespace: dict[str, Any]) -> None:
    """Look what a page has left behind."""
    _check_shown(namespace)
    left = left_running(namespace[_THREADS])
    assert not left, f"the page leaves threads: {left}"


def _check_shown(namespace: dict[str, Any]) -> None:
    printed = namespace.pop(_PRINTED, "")
    assert not printed, f"printed, and not shown:\n{printed}"


pytest_collect_file = Sybil(
    parsers=[
        CodeBlockParser("python", run),
        CodeBlockParser("sh", run_command),
        CodeBlockParser("text", compare),
    ],
    pattern="*.md",
    setup=begin,
    teardown=end,
).pytest()
