"""The version of a record: of the program's code and of its rules."""

from orquestrador.classification.rules import rules_version

CODE_VERSION = 1
"""Raised when the code itself says something else about the same bytes."""


def classifier_version() -> str:
    """Return what `Record.classifier` says, such as `1+5f3a9c21`."""
    return f"{CODE_VERSION}+{rules_version()}"
