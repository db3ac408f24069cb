"""What of a source can be counted: numbers without a name, lines that repeat.

Every count is one pass over the text in C, so that it costs next to nothing beside
the rules.
"""

import re
from bisect import bisect_left

from orquestrador.classification.lexing import Source, ascii_code

REPEATED_SIGNS = 20
"""Signs, white space aside, from which a line of code is worth comparing."""

_NUMERALS = bytes(
    sign if chr(sign) in "0123456789." else ord(" ") for sign in range(256)
)
_DIGITS = re.compile(r"[0-9]+")
_LITERAL = re.compile(r"(?<![\w.])[0-9][0-9.]*+")
_ORDINARY = frozenset(
    {".", "..", "00"}
    | {whole + rest for whole in "012" for rest in ("", ".", ".0", ".00", ".000")}
)
"""Zero, one and two as they are written, and the points between names."""

_ORDINARY_BYTES = frozenset(map(str.encode, _ORDINARY))


class Lines:
    """The lines of code, white space aside.

    Attributes:
        code: how many lines hold code.
        repeated: how many of the longer ones already stood above.

    """

    def __init__(self, source: Source) -> None:
        """Count the lines of a source."""
        lines = source.dense.split()
        # What quotes hold is blank here: such lines would seem the same.
        long = [
            line for line in lines if len(line) >= REPEATED_SIGNS and b'"' not in line
        ]
        self.code = len(lines)
        self.repeated = len(long) - len(set(long))


def magic_literals(source: Source, start: int) -> int:
    """Count the numbers other than 0, 1 and 2 in MQL code from an offset on.

    A number is digits and a point; of a hexadecimal or an exponent, each part is one.
    """
    numerals = ascii_code(source)[start:].translate(_NUMERALS)
    found = numerals.split()
    count = len(found) - sum(map(_ORDINARY_BYTES.__contains__, found))
    # The digits of names are among them.
    for name, places in source.places.items():
        if not (name.isalpha() or name.replace("_", "").isalpha()):
            for digits in _DIGITS.findall(name):
                if digits not in _ORDINARY:
                    count -= len(places) - bisect_left(places, start)
    return count


def pine_magic_literals(source: Source) -> int:
    """Count the numbers other than 0, 1 and 2 on the lines that declare no input."""
    return sum(
        written not in _ORDINARY
        for line in source.code.splitlines()
        if "input" not in line
        for written in _LITERAL.findall(line)
    )
