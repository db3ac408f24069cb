"""A plan as a file that a person reads, edits and gives back.

JSON, one move a line: strike out a line and the file stays, change its `to` and it
goes there. Lines that begin with `#` are for people. What comes back is not trusted.
"""

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import TypeVar

import msgspec

from orquestrador.errors import OrganizeError
from orquestrador.library import raw_of_shown, shown_name
from orquestrador.organizing.plan import Head, Line, Move, Plan
from orquestrador.organizing.rules import source_problem, target_problem
from orquestrador.organizing.tree import parents, same
from orquestrador.visible import visible

VERSION = 1
LARGEST_MB = 200
"""A plan of a million moves is smaller."""

_MOST_TOLD = 20

_HELP = """\
# Each line moves one file: from where it is, to where it goes.
# Delete a line, and the file stays where it is. Change its "to", and it goes there:
# below the library, with / between folders.
# sha256, size and mtime_ns say which file was meant: one that changed since stays.
"""

T = TypeVar("T")


def write_plan(plan: Plan, path: Path) -> None:
    """Write a plan; the file has its name once it is whole.

    Raises:
        OSError: if it cannot be written.

    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    part.write_bytes(b"".join(_lines(plan)))
    part.replace(path)


def read_plan(path: Path, protected: Collection[bytes] = ()) -> Plan:
    """Read a plan that may have been edited.

    Args:
        path: the file.
        protected: folders of the library where nothing is moved to or from.

    Raises:
        OrganizeError: with every line that cannot be used, by its number, and what
            is allowed.

    """
    try:
        if path.stat().st_size > LARGEST_MB * 1_000_000:
            raise OrganizeError(f"{path} is no plan: it is over {LARGEST_MB} MB")
        data = path.read_bytes()
    except OSError as error:
        raise OrganizeError(
            f"{path} cannot be read: {error.strerror}; `orquestrador organize plan` "
            "makes a plan"
        ) from error
    return _Reading(path, protected).plan(data)


def _lines(plan: Plan) -> Iterator[bytes]:
    head = Head(
        plan=VERSION,
        library=plan.library,
        made_at=plan.made_at,
        fix_includes=plan.fix_includes,
    )
    yield msgspec.json.encode(head) + b"\n"
    yield _HELP.encode()
    for each in plan.broken:
        what = (
            f"{shown_name(each.raw)}, line {each.line}: #{each.directive} {each.text}"
        )
        yield f"# breaks: {visible(what)}\n".encode()
    for move in plan.moves:
        yield msgspec.json.encode(_line(move)) + b"\n"


def _line(move: Move) -> dict[str, object]:
    line: dict[str, object] = {
        "to": shown_name(move.target),
        "from": shown_name(move.source),
        "sha256": move.sha256,
        "size": move.size,
        "mtime_ns": move.mtime_ns,
    }
    if move.copy_of is not None:
        line["copy_of"] = shown_name(move.copy_of)
    return line


class _Reading:
    """Reads one file, and gathers what is wrong with it."""

    def __init__(self, path: Path, protected: Collection[bytes]) -> None:
        self._path = path
        self._protected = protected
        self._problems: list[str] = []
        self._sources: dict[bytes, int] = {}
        self._targets: dict[str, int] = {}

    def plan(self, data: bytes) -> Plan:
        lines = self._meaningful(data.removeprefix(b"\xef\xbb\xbf"))
        number, first = next(lines, (1, b""))
        head = self._parsed(number, first, Head)
        if head is None:
            self._refuse()
            raise AssertionError
        if head.plan != VERSION:
            raise OrganizeError(
                f"{self._path} has format {head.plan}; this program reads {VERSION}"
            )
        moves = [move for number, line in lines if (move := self._move(number, line))]
        for move in moves:
            self._check_way(move)
        self._refuse()
        return Plan(
            library=head.library,
            made_at=head.made_at,
            moves=tuple(moves),
            fix_includes=head.fix_includes,
        )

    def _meaningful(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        for number, line in enumerate(data.split(b"\n"), start=1):
            text = line.strip()
            if text and not text.startswith(b"#"):
                yield number, text

    def _parsed(self, number: int, line: bytes, kind: type[T]) -> T | None:
        try:
            return msgspec.json.decode(line, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            hint = "; write / between folders" if b"\\" in line else ""
            self._problems.append(f"line {number}: {error}{hint}")
            return None

    def _move(self, number: int, text: bytes) -> Move | None:
        line = self._parsed(number, text, Line)
        if line is None:
            return None
        move = Move(
            source=_raw(line.source),
            target=_raw(line.to),
            sha256=line.sha256,
            size=line.size,
            mtime_ns=line.mtime_ns,
            copy_of=None if line.copy_of is None else _raw(line.copy_of),
            line=number,
        )
        for what, problem in (
            ("from", source_problem(move.source, self._protected)),
            ("to", target_problem(move.target, self._protected)),
            ("from", _again(self._sources, move.source, number)),
            ("to", _again(self._targets, same(move.target), number)),
        ):
            if problem is not None:
                self._problems.append(f"line {number}, {what}: {problem}")
        return None if move.source == move.target else move

    def _check_way(self, move: Move) -> None:
        for folder in parents(move.target):
            line = self._targets.get(same(folder))
            if line is not None:
                self._problems.append(
                    f"line {move.line}, to: {shown_name(folder)} is a file by line "
                    f"{line}"
                )

    def _refuse(self) -> None:
        if self._problems:
            told = self._problems[:_MOST_TOLD]
            more = len(self._problems) - len(told)
            rest = [f"and {more} more lines"] if more else []
            raise OrganizeError(
                "\n".join([f"{self._path} cannot be used:", *told, *rest])
            )


def _raw(shown: str) -> bytes:
    return raw_of_shown(shown)


def _again(seen: dict[T, int], name: T, number: int) -> str | None:
    """Note a name; return why it cannot stand there twice."""
    first = seen.setdefault(name, number)
    return None if first == number else f"line {first} has the same name"
