"""Why a file is the best of its copies is said in the reader's language."""

from typing import Any

import pytest

from orquestrador.interface.translation import choose
from orquestrador.messages.sameness import Copy, CopyGroup
from orquestrador.reports.copy_words import REASONS, likeness, reason
from orquestrador.sameness.merits import MERITS
from orquestrador.words import ENGLISH

PORTUGUESE = choose("pt_BR", {})


def group(**changes: Any) -> CopyGroup:
    told: dict[str, Any] = {
        "best": "a.mq4",
        "why": "code",
        "value": "12345",
        "other": "900",
        "sameness": "near",
        "surplus_bytes": 1,
        "copies": (),
    }
    return CopyGroup(**(told | changes))


@pytest.mark.parametrize(
    ("changes", "english", "portuguese"),
    [
        (
            {},
            "12,345 characters of code; the next best 900",
            "12.345 caracteres de código; o seguinte 900",
        ),
        (
            {"why": "version", "value": "2.10", "other": None},
            "version 2.10; the next best without one",
            "versão 2.10; a seguinte sem",
        ),
        (
            {"why": "newest", "value": "2024-05-06T07:08:09+00:00", "other": None},
            "changed 2024-05-06; the next best without one",
            "alterado em 2024-05-06; o seguinte sem",
        ),
        (
            {"why": "place", "value": None, "other": None},
            "the plainest name and folder",
            "o nome e a pasta mais simples",
        ),
    ],
)
def test_a_reason_has_its_figures(
    changes: dict[str, Any], english: str, portuguese: str
) -> None:
    assert reason(group(**changes), ENGLISH) == english
    assert reason(group(**changes), PORTUGUESE) == portuguese


def test_every_merit_has_words() -> None:
    assert tuple(REASONS) == MERITS


@pytest.mark.parametrize(
    ("sameness", "share", "words"),
    [
        ("exact", 1.0, "same bytes"),
        ("same_code", 1.0, "same code"),
        ("near", 0.876, "near, 87.6 %"),
        ("near", 1.0, "near, 99.9 %"),
    ],
)
def test_a_copy_is_said_to_be_as_alike_as_it_is(
    sameness: Any, share: float, words: str
) -> None:
    copy = Copy(path="a", sha256="b", size=1, sameness=sameness, share=share)

    assert likeness(copy, ENGLISH) == words
