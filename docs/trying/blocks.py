"""What is done with each kind of block."""

import contextlib
import difflib
import doctest
import io
import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
import threading
import tomllib
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any, cast

from sybil import Example
from sybil.evaluators.python import PythonEvaluator

from docs.trying import command_line
from orquestrador.config import load_settings
from orquestrador.supervisor.testkit import left_running

ROOT = Path(__file__).parents[2]

_PRINTED = "__printed__"
_STRICT = "__strict__"
_THREADS = "__threads__"
_STACK = "__stack__"
_PLACE = "__place__"

_NOT_RUN = re.compile(
    r"^\s*# (?:the tests do not run this|os testes não rodam isto): \S.*$", re.MULTILINE
)
_TESTED = re.compile(r"<!-- tested: (\S+) -->\s*$")
_python = PythonEvaluator()
_checker = doctest.OutputChecker()


def run_python(example: Example) -> None:
    """Run a Python block, and keep what it prints for the block behind it."""
    if _is_elsewhere(example):
        compile(example.parsed, example.path, "exec")
        example.namespace.pop(_PRINTED, None)
        return
    _enter(example)
    printed = io.StringIO()
    with redirect_stdout(printed):
        _python(example)
    example.namespace[_PRINTED] = printed.getvalue()


def run_shell(example: Example) -> None:
    """Run the commands of a block, and keep what they print."""
    if _is_elsewhere(example):
        parse_commands(example)
        example.namespace.pop(_PRINTED, None)
        return
    _enter(example)
    screen = ""
    for line in command_line.lines_of(example.parsed):
        status, printed = _run_line(example, line.words)
        allowed = {0, 1} if example.namespace[_STRICT] else {line.status}
        assert status in allowed, f"{shlex.join(line.words)}: {status}\n{printed}"
        screen += printed
    example.namespace[_PRINTED] = screen


def _run_line(example: Example, words: list[str]) -> tuple[int, str]:
    arguments = command_line.ours(words)
    if arguments is not None:
        os.chdir(_place(example).folder_of(words))
        try:
            return command_line.run(arguments)
        finally:
            os.chdir(_place(example).home)
    assert words[0] == "python", f"{words[0]}: say why the tests do not run this"
    program = ROOT / words[1]
    with tempfile.TemporaryDirectory() as folder:
        home = None if example.namespace[_STRICT] else _place(example).home
        ended = subprocess.run(  # noqa: S603 -- a program of ours
            [sys.executable, program, *words[2:]],
            cwd=home or folder,
            capture_output=True,
            timeout=60,
            encoding="utf-8",
            check=False,
        )
    return ended.returncode, ended.stdout if ended.returncode < 2 else ended.stderr


def parse_commands(example: Example) -> None:
    """Parse the commands of a block that is not run."""
    for line in command_line.lines_of(example.parsed):
        arguments = command_line.ours(line.words)
        if arguments is not None:
            check_command(arguments)


def check_sentence(example: Example) -> None:
    """Parse a command in a sentence, or an indented one."""
    # The first: what follows an operator is another program's.
    line = next(command_line.lines_of(example.parsed))
    check_command(line.words[1:])


def check_command(arguments: list[str]) -> None:
    """Hold one command against the command line."""
    status, said = command_line.parse(arguments)
    assert status == 0, said


def must_say_why(example: Example) -> None:
    """Parse a block of a shell that is not run on any system, and says so."""
    assert _NOT_RUN.search(example.parsed), "say `# the tests do not run this: WHY`"
    parse_commands(example)


def compare(example: Example) -> str | None:
    """Hold a text block against what the block before it has printed."""
    if _PRINTED not in example.namespace and not _is_runtime(example):
        return None
    shown: str = example.parsed
    printed: str = example.namespace.pop(_PRINTED, "")
    flags = doctest.ELLIPSIS
    if not _is_runtime(example):
        flags |= doctest.NORMALIZE_WHITESPACE
        printed = printed.replace(os.sep, "/")
    if _checker.check_output(shown, printed, flags):
        return None
    lines = difflib.unified_diff(
        shown.splitlines(), printed.splitlines(), "shown", "printed", lineterm=""
    )
    return "\n".join(lines)


def read_json(example: Example) -> None:
    """Use the settings of a block; the commands behind it use those of a named file."""
    assert json.loads(example.parsed)
    if _is_elsewhere(example):
        return
    shown(example)
    if _file_of(example) is None:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, "settings.json")
            file.write_text(example.parsed, encoding="utf-8")
            assert load_settings(Path(folder), config=file, environment={})


def read_toml(example: Example) -> None:
    """Read a block, and make it the file that it is said to be."""
    assert tomllib.loads(example.parsed)
    shown(example)


def shown(example: Example) -> None:
    """Make a block the file that it is said to be, if any."""
    name = _file_of(example)
    if name is not None:
        _enter(example)
        file = _place(example).library / name
        file.write_text(example.parsed, encoding="utf-8")


def unknown(example: Example) -> None:
    """Fail: nobody would try this block."""
    language = example.region.lexemes["arguments"]
    raise AssertionError(f"blocks of {language!r} are not tried; see docs/conftest.py")


def begin(namespace: dict[str, Any]) -> None:
    """Begin a page as a script of its own."""
    namespace["__name__"] = "__main__"
    namespace[_THREADS] = set(threading.enumerate())
    namespace[_STACK] = contextlib.ExitStack()
    namespace[_STRICT] = False


def end(namespace: dict[str, Any]) -> None:
    """Look what a page has left behind."""
    stack: contextlib.ExitStack = namespace[_STACK]
    left = left_running(namespace[_THREADS])
    stack.close()
    if namespace[_STRICT]:
        _check_shown(namespace)
    assert not left, f"the page leaves threads: {left}"


def _enter(example: Example) -> None:
    """Be in the page's place; a page of the runtime has none, and shows its prints."""
    namespace = example.namespace
    if _is_runtime(example):
        namespace[_STRICT] = True
        _check_shown(namespace)
    elif _PLACE not in namespace:
        from docs.trying.place import opened  # noqa: PLC0415 -- not for the runtime

        stack: contextlib.ExitStack = namespace[_STACK]
        namespace[_PLACE] = stack.enter_context(opened())
    namespace.pop(_PRINTED, None)


def _place(example: Example) -> Any:  # noqa: ANN401 -- a `Place`, imported late
    return example.namespace[_PLACE]


def _is_runtime(example: Example) -> bool:
    return Path(example.path).parent.name == "runtime"


def _is_elsewhere(example: Example) -> bool:
    """Return whether a block says that the tests do not run it."""
    before = example.document.text[: example.start]
    tested = _TESTED.search(before)
    if tested:
        assert (ROOT / tested[1]).is_file(), f"there is no {tested[1]}"
    return tested is not None or bool(_NOT_RUN.match(example.parsed))


def _file_of(example: Example) -> str | None:
    words = cast("str", example.region.lexemes["arguments"]).split(maxsplit=1)
    return words[1] if len(words) > 1 and "." in words[1] else None


def _check_shown(namespace: dict[str, Any]) -> None:
    printed = namespace.pop(_PRINTED, "")
    assert not printed, f"printed, and not shown:\n{printed}"
