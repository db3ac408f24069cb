"""What the models allow, and that the defaults stand in one place."""

import importlib.resources
import json
from typing import Any

import msgspec
import pytest

from orquestrador.config import MonitorSettings, default_settings, sections
from orquestrador.config.base import Settings
from orquestrador.config.document import flattened
from orquestrador.config.fields import fields
from orquestrador.errors import MessageValueError, SettingsError
from orquestrador.messages import Decoder, Message, encode


def _default_document() -> dict[str, Any]:
    folder = importlib.resources.files("orquestrador.config")
    return json.loads((folder / "default.json").read_text(encoding="utf-8"))


def test_every_setting_has_its_default_in_the_file_and_nothing_else_is_there() -> None:
    assert {name for name, _ in flattened(_default_document())} == set(fields())


def test_the_defaults_are_settings_as_they_stand_in_the_file() -> None:
    settings = default_settings()

    assert json.loads(msgspec.json.encode(settings)) == _default_document()


def test_a_model_with_a_default_of_its_own_is_refused() -> None:
    with pytest.raises(TypeError, match=r"Extra\.depth has a default"):

        class Extra(Settings):  # pyright: ignore[reportUnusedClass]
            depth: int = 3


def test_every_setting_says_what_it_means() -> None:
    for name, field in fields().items():
        assert len(field.meaning) > 20, name
        assert field.meaning.endswith("."), name


def test_a_section_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        default_settings().monitor.enabled = False  # type: ignore[misc]


def test_a_section_refuses_a_value_out_of_its_range() -> None:
    with pytest.raises(MessageValueError, match=r"MonitorSettings\.interval_s"):
        MonitorSettings(enabled=True, interval_s=-1.0)


def test_settings_survive_being_plain_data() -> None:
    settings = default_settings({"classification.workers": 3})

    plain = msgspec.to_builtins(settings)

    assert msgspec.convert(json.loads(json.dumps(plain)), type(settings)) == settings


class _Configure(Message):
    monitor: MonitorSettings


def test_a_section_travels_in_a_message() -> None:
    message = _Configure(monitor=default_settings().monitor)

    assert Decoder(_Configure).decode(encode(message)) == message


def test_zero_workers_means_one_for_each_processor_but_at_most_four(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    automatic = default_settings({"workers": 0}).classification
    for processors, workers in ((1, 1), (3, 3), (64, 4)):
        monkeypatch.setattr(sections, "_processors", lambda found=processors: found)
        assert automatic.worker_count() == workers


def test_a_number_of_workers_is_taken_as_it_is() -> None:
    assert default_settings({"workers": 7}).classification.worker_count() == 7


def test_this_machine_has_a_processor() -> None:
    assert 1 <= default_settings().classification.worker_count() <= 4


def test_a_suffix_stands_in_one_list_only() -> None:
    with pytest.raises(SettingsError, match=r"both hold '\.zip'; leave it out of one"):
        default_settings({"classification.suffixes": [".mq4", ".zip"]})
