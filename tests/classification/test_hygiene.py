"""Locks, credentials and other things to know before running a source."""

from collections.abc import Callable

import pytest

from orquestrador.classification.rules import Labels
from orquestrador.messages import Label

MakeLabels = Callable[..., Labels]


KEY = "9f86d081884c7d659a2feaa0"


def _hygiene(labels: Labels) -> dict[str, Label]:
    return {each.label: each for each in labels.hygiene}


def test_a_credential_is_masked_wherever_its_line_is_shown(labels: MakeLabels):
    text = f"""
string api_key = "{KEY}";
void OnTick() {{ WebRequest("GET", "https://x.example", "{KEY}", "", 5, a, 0, b, c); }}
"""
    found = _hygiene(labels(text))

    assert {"secret", "web_request"} <= set(found)
    shown = [piece.text for label in found.values() for piece in label.evidence]
    assert not any(KEY in each for each in shown)
    assert all("•••" in each for each in shown)


@pytest.mark.parametrize(
    "literal", ["YOUR_API_KEY", "", "https://x.example", "token-here", "abcdef"]
)
def test_a_placeholder_is_no_credential(literal: str, labels: MakeLabels):
    assert "secret" not in _hygiene(labels(f'string api_key = "{literal}";'))


def test_the_shape_of_a_well_known_key_is_enough(labels: MakeLabels):
    token = "123456789:" + "Ab3_" * 9
    found = _hygiene(labels(f'void OnTick() {{ Send("{token}"); }}'))

    assert "secret" in found


def test_an_expiry_is_a_day_not_an_hour_of_every_day(labels: MakeLabels):
    day = 'void OnTick() { if (TimeCurrent() > StrToTime("2024.08.11")) return; }'
    hour = day.replace("2024.08.11", "22:00")

    assert "expiry_lock" in _hygiene(labels(day))
    assert "expiry_lock" not in _hygiene(labels(hour))


def test_an_expiry_is_found_through_a_variable(labels: MakeLabels):
    text = """
datetime last = D'2023.01.31';
void OnTick() { if (TimeCurrent() >= last) return; }
"""
    assert "expiry_lock" in _hygiene(labels(text))


def test_an_account_lock_needs_a_number_of_an_account(labels: MakeLabels):
    text = (
        "int owner = 7654321;\nint OnInit() { if (AccountNumber() != owner) return 1; }"
    )

    assert "account_lock" in _hygiene(labels(text))
    assert "account_lock" not in _hygiene(labels(text.replace("7654321", "0")))


def test_the_end_of_the_file_is_the_evidence_of_a_truncated_one(labels: MakeLabels):
    (piece,) = _hygiene(labels("int a;\nvoid OnTick() {\n"))["truncated"].evidence

    assert piece.line == 2
