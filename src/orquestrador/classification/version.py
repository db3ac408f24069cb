"""The version of a record: of the program's code and of its rules.

It is known without loading a rule: the program that only hands out work asks for it.
"""

import hashlib
from functools import cache
from importlib.resources import files

CODE_VERSION = 2
"""Raised when the code itself says something else about the same bytes."""


@cache
def rules_version() -> str:
    """Return eight hexadecimal digits that change when any rule pack does."""
    digest = hashlib.sha256()
    folder = files("orquestrador.config") / "rules"
    packs = (each for each in folder.iterdir() if each.name.endswith(".toml"))
    for pack in sorted(packs, key=lambda each: each.name):
        # A checkout may have turned the line ends: they change no rule.
        digest.update(pack.read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()[:8]


def classifier_version() -> str:
    """Return what `Record.classifier` says, such as `2+5f3a9c21`."""
    return f"{CODE_VERSION}+{rules_version()}"
