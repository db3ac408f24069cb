"""What `config show` can say about each setting."""

import json
from pathlib import Path

from orquestrador.config import Origin, describe, load_settings
from orquestrador.config.fields import fields


def test_every_setting_is_described_with_value_origin_and_meaning(
    tmp_path: Path,
) -> None:
    loaded = load_settings(tmp_path, overrides={"monitor": {"interval_s": 5}})

    lines = {line.name: line for line in describe(loaded)}

    assert list(lines) == list(fields())
    line = lines["monitor.interval_s"]
    assert line.value == 5.0
    assert line.origin == Origin("option", "", "monitor.interval_s")
    assert line.meaning == "Time between two measurements; seconds, 0.1 to 86400."
    assert line.allowed == "a number from 0.1 up to 86400"
    assert line.guide_name == "intervalo_monitoramento"
    assert lines["backup.exclude"].guide_name is None


def test_what_is_described_can_be_written_back_as_a_settings_file(
    tmp_path: Path,
) -> None:
    before = load_settings(
        tmp_path, overrides={"workers": 2, "report.formats": ["json"]}
    )
    file = tmp_path / "orquestrador.json"

    file.write_text(json.dumps({line.name: line.value for line in describe(before)}))

    assert load_settings(tmp_path).settings == before.settings
