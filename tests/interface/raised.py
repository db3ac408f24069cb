"""What the rooms raise, read from the source: sentences with named blanks."""

import ast
import itertools
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = (ROOT / "src" / "orquestrador", ROOT / "actors", ROOT / "config")
"""Not the runtime and the messages: whom their errors tell is a programmer."""

_PROGRAMMING = {
    "AssertionError",
    "AttributeError",
    "IndexError",
    "NotImplementedError",
    "TypeError",
}
_TOLD = {"problem", "reason", "advice"}
"""Names of what an answer tells instead of an error."""

_LEAST_LETTERS = 4
"""Of its own: `{path}: {error}` says nothing itself."""


def error_shapes() -> dict[str, str]:
    """Return each sentence with the file it was found in first."""
    found: dict[str, str] = {}
    for room in ROOMS:
        for path in sorted(room.rglob("*.py")):
            place = path.relative_to(ROOT)
            if "interface" in place.parts:
                continue  # Its texts are translated where they are said.
            for shape in _shapes(path):
                found.setdefault(shape, place.as_posix())
    return found


def _shapes(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        for told in _told(node):
            for shape in _sentences(told):
                if _own_letters(shape) >= _LEAST_LETTERS:
                    yield shape


def _told(node: ast.AST) -> Iterator[ast.expr]:
    match node:
        case ast.Raise(exc=ast.Call(func=func, args=[first, *_])):
            name = getattr(func, "id", getattr(func, "attr", ""))
            if name.endswith("Error") and name not in _PROGRAMMING:
                yield first
        case ast.Assign(targets=[ast.Name(id=name)], value=value) if name in _TOLD:
            yield value
        case ast.keyword(arg=str(name), value=value) if name in _TOLD:
            yield value
        case _:
            return


def _sentences(node: ast.expr) -> Iterator[str]:
    """Yield what a text may be, its blanks in braces; nothing where that is open."""
    match node:
        case ast.Constant(value=str(text)):
            yield _escaped(text)
        case ast.JoinedStr(values=values):
            names: list[str] = []
            yield "".join(_piece(each, names) for each in values)
        case ast.IfExp(body=body, orelse=orelse):
            yield from _sentences(body)
            yield from _sentences(orelse)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            for pair in itertools.product(_sentences(left), _sentences(right)):
                yield "".join(pair)
        case _:
            return


def _piece(value: ast.expr, names: list[str]) -> str:
    if isinstance(value, ast.Constant):
        return _escaped(str(value.value))
    assert isinstance(value, ast.FormattedValue)
    inside: ast.expr = value.value
    while isinstance(inside, ast.Call) and inside.args:
        inside = inside.args[0]
    name = getattr(inside, "id", getattr(inside, "attr", "value")).strip("_")
    names.append(name)
    count = names.count(name)
    return f"{{{name}{count if count > 1 else ''}}}"


def _escaped(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


def _own_letters(shape: str) -> int:
    outside, depth = 0, 0
    for letter in shape:
        depth += (letter == "{") - (letter == "}")
        outside += depth == 0 and letter.isalpha()
    return outside
