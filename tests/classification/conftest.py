"""Sources written in a test, seen as the rules see them."""

from collections.abc import Callable

import pytest

from orquestrador.classification.facts import collect_facts
from orquestrador.classification.lexing import lex
from orquestrador.classification.program import Program
from orquestrador.classification.rules import Labels, labels_of
from orquestrador.messages import Kind, Language

MakeProgram = Callable[..., Program]
MakeLabels = Callable[..., Labels]


@pytest.fixture(scope="session")
def program() -> MakeProgram:
    def make(text: str, language: Language = "mql4", kind: Kind = "expert") -> Program:
        source = lex(text, "pine" if language == "pine" else "mql")
        return Program(source, language, kind, collect_facts(source))

    return make


@pytest.fixture(scope="session")
def labels() -> MakeLabels:
    def make(text: str, language: Language = "mql4", kind: Kind = "expert") -> Labels:
        source = lex(text, "pine" if language == "pine" else "mql")
        return labels_of(source, language, kind, collect_facts(source))

    return make
