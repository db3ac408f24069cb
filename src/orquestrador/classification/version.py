"""The version of a record: of the program's code and of its rules.

It is known without loading a rule: the program that only hands out work asks for it.
"""

import hashlib
from functools import cache, lru_cache
from importlib.resources import files

from orquestrador.config.own_rules import OwnRules
from orquestrador.config.profiles import DEFAULT, Profile, own_profile

CODE_VERSION = 3
"""Raised when the code itself says something else about the same bytes."""


@cache
def rules_version() -> str:
    """Return eight hexadecimal digits: other ones for other rules or verdicts."""
    digest = hashlib.sha256()
    config = files("orquestrador.config")
    rules = (config / "rules").iterdir()
    packs = [each for each in rules if each.name.endswith(".toml")]
    packs.append(config / "profiles" / f"{DEFAULT}.toml")
    for pack in sorted(packs, key=lambda each: each.name):
        # A checkout may have turned the line ends: they change no rule.
        digest.update(pack.read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()[:8]


@lru_cache(maxsize=16)
def classifier_version(
    profile: Profile | None = None, own: OwnRules | None = None
) -> str:
    """Return what `Record.classifier` says, such as `3+5f3a9c21`.

    Args:
        profile: the prop firm's profile that judges; another one than the default is
            a part of the version: `3+5f3a9c21.0c2d41ab`.
        own: the user's rules and classifiers: `3+5f3a9c21.9a8b7c6d+renko=1.4`.

    """
    version = f"{CODE_VERSION}+{rules_version()}"
    if profile is not None and profile != own_profile():
        judged = hashlib.sha256(profile.encoded().encode()).hexdigest()[:8]
        version = f"{version}.{judged}"
    return version + (own.version() if own is not None else "")
