"""The reference of messages, read from their source: there a field has its meaning."""

import ast
import itertools
from collections.abc import Iterator
from pathlib import Path

import orquestrador.messages
from docs.building.markdown import paragraphs, sentence, term

_MACHINERY = frozenset({"__init__", "base", "codec", "immutability", "request"})
"""Modules of what messages are made of, and no conversation."""


def messages() -> str:
    """Return every conversation: the messages of each module of `messages`."""
    (folder,) = map(Path, orquestrador.messages.__path__)
    parts: list[str] = []
    for path in sorted(folder.glob("*.py")):
        if path.stem not in _MACHINERY:
            parts += _conversation(path)
    return "\n\n".join(parts) + "\n"


def _conversation(path: Path) -> Iterator[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    yield f"## `orquestrador.messages.{path.stem}`"
    yield from paragraphs(ast.get_docstring(tree) or "")
    yield "\n".join(_alias(each) for each in tree.body if _is_alias(each))
    for each in tree.body:
        if isinstance(each, ast.ClassDef) and not each.name.startswith("_"):
            yield from _message(each)


def _message(found: ast.ClassDef) -> Iterator[str]:
    yield f"### `{found.name}`"
    yield from paragraphs(ast.get_docstring(found) or "")
    for base in found.bases:
        match base:
            case ast.Subscript(value=ast.Name(id="Request"), slice=reply):
                yield f"A request; answered by `{ast.unparse(reply)}`."
            case _:
                continue
    yield "\n".join(_fields(found.body))


def _fields(body: list[ast.stmt]) -> Iterator[str]:
    for each, behind in itertools.pairwise([*body, ast.Pass()]):
        match each:
            case ast.AnnAssign(target=ast.Name(id=name)) if not name.startswith("_"):
                said = f"{name}: {ast.unparse(each.annotation)}"
                if each.value is not None:
                    said += f" = {ast.unparse(each.value)}"
                yield term(said, sentence(_text(behind).split("\n\n")[0]) or "—")
            case _:
                continue


def _text(statement: ast.stmt) -> str:
    match statement:
        case ast.Expr(value=ast.Constant(value=str(text))):
            return text
        case _:
            return ""


def _is_alias(statement: ast.stmt) -> bool:
    match statement:
        case ast.Assign(
            targets=[ast.Name(id=name)],
            value=ast.Subscript(value=ast.Name(id="Literal" | "Annotated")),
        ):
            return not name.startswith("_")
        case _:
            return False


def _alias(statement: ast.stmt) -> str:
    assert isinstance(statement, ast.Assign)
    return term(ast.unparse(statement.targets[0]), f"`{ast.unparse(statement.value)}`")
