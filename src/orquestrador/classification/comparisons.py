"""What a name is compared with, and what receives a value: conditions as text."""

import re
from collections.abc import Iterator

from orquestrador.classification.program import Program

COMPARED = re.compile(r"[<>]=?|==|!=")


def compared(program: Program, stems: tuple[str, ...]) -> Iterator[int]:
    """Yield uses of names with these stems in statements that compare."""
    for name in program.vocabulary.all(*stems):
        for at in program.uses(name):
            if COMPARED.search(near(program, at, len(name))):
                yield at
                break


def near(program: Program, at: int, size: int) -> str:
    """Return what stands around a name, up to the ends of its condition."""
    ends = _PINE_ENDS if program.is_pine else _ENDS
    before = ends.split(program.before(at, 90))[-1]
    after = ends.split(program.code[at + size : at + size + 90], maxsplit=1)[0]
    return f"{before} {after}"


_ENDS = re.compile(r"[;{}]|&&|\|\|")
_PINE_ENDS = re.compile(r"[\r\n?]| and | or ")


_TARGET = re.compile(r"([A-Za-z_]\w{0,60})\s{0,20}=\s{0,9}$")


def receiver_of(program: Program, at: int) -> str | None:
    """Return the name to which what stands here is assigned at once."""
    before = program.before(at, 80)
    # Most places are no right side, and a search that is tied to the end is slow.
    found = _TARGET.search(before) if before.rstrip().endswith("=") else None
    return found[1] if found is not None else None
