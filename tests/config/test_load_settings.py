"""Where settings come from, which place wins, and what is said about mistakes."""

import json
from pathlib import Path
from typing import Any

import pytest

from orquestrador.config import Origin, load_settings
from orquestrador.config.fields import fields
from orquestrador.config.names import GUIDE_NAMES
from orquestrador.errors import SettingsError

GUIDE_FILE = """{
    "max_threads": 4,
    "auto_backup": true,
    "intervalo_relatorios": 300,
    "monitoramento_tempo_real": true,
    "processamento_paralelo": true
}"""


@pytest.fixture
def library(tmp_path: Path) -> Path:
    folder = tmp_path / "library"
    folder.mkdir()
    return folder


def _write(library: Path, content: object) -> Path:
    file = library / "orquestrador.json"
    file.write_text(json.dumps(content), encoding="utf-8")
    return file


def _write_guide(base: Path, content: object) -> Path:
    folder = base / "Development" / "config"
    folder.mkdir(parents=True)
    return _write(folder, content)


def _problems(library: Path, **places: Any) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as caught:
        load_settings(library, **places)
    assert str(caught.value) == "\n".join(caught.value.problems)
    return caught.value.problems


def test_without_any_file_the_defaults_hold(library: Path) -> None:
    loaded = load_settings(library)

    assert loaded.settings.classification.engine == "processes"
    assert loaded.settings.operation_timeout_s == 3600.0
    assert set(loaded.origins.values()) == {Origin("default")}
    assert set(loaded.origins) == set(fields())
    assert loaded.file is None
    assert loaded.warnings == ()


def test_a_later_place_wins_and_each_value_knows_its_origin(library: Path) -> None:
    file = _write(
        library,
        {
            "classification": {"workers": 1, "content_limit_s": 5},
            "log": {"level": "debug"},
        },
    )

    loaded = load_settings(
        library,
        environment={
            "ORQUESTRADOR_WORKERS": "2",
            "ORQUESTRADOR_MONITOR__INTERVAL_S": "9",
        },
        overrides={"monitor.interval_s": 7},
    )

    assert loaded.settings.classification.content_limit_s == 5.0
    assert loaded.settings.classification.workers == 2
    assert loaded.settings.monitor.interval_s == 7.0
    origins = loaded.origins
    assert origins["log.level"] == Origin("file", str(file), "log.level")
    assert origins["classification.workers"] == Origin(
        "environment", "ORQUESTRADOR_WORKERS", "workers"
    )
    assert origins["monitor.interval_s"] == Origin("option", "", "monitor.interval_s")
    assert origins["monitor.enabled"] == Origin("default")


def test_the_library_s_file_is_read_and_then_the_guide_s_is_not(
    tmp_path: Path, library: Path
) -> None:
    _write(library, {"classification": {"workers": 1}})
    _write_guide(tmp_path, {"max_threads": 2})

    assert (
        load_settings(library, base_path=tmp_path).settings.classification.workers == 1
    )


def test_the_guide_s_file_is_read_as_the_guide_writes_it(
    tmp_path: Path, library: Path
) -> None:
    file = _write_guide(tmp_path, json.loads(GUIDE_FILE))

    loaded = load_settings(library, base_path=tmp_path)

    assert loaded.file == file
    assert loaded.warnings == ()
    assert loaded.settings.classification.workers == 4
    assert loaded.origins["classification.workers"] == Origin(
        "file", str(file), "max_threads"
    )


@pytest.mark.parametrize(
    ("key", "value", "setting", "expected"),
    [
        ("max_threads", 3, "classification.workers", 3),
        ("processamento_paralelo", False, "classification.engine", "inline"),
        ("monitoramento_tempo_real", False, "monitor.enabled", False),
        ("intervalo_monitoramento", 5, "monitor.interval_s", 5.0),
        ("auto_backup", False, "backup.automatic", False),
        ("intervalo_relatorios", 60, "report.interval_s", 60.0),
        ("timeout_operacoes", 10, "operation_timeout_s", 10.0),
        ("dashboard_web", False, "web.page", False),
        ("api_rest", False, "web.api", False),
        ("nivel_log", "DEBUG", "log.level", "debug"),
        ("nivel_log", "aviso", "log.level", "warning"),
    ],
)
def test_each_key_of_the_guide_changes_its_setting_and_no_other(
    tmp_path: Path, key: str, value: object, setting: str, expected: object
) -> None:
    _write_guide(tmp_path, {key: value})

    before = load_settings(tmp_path).settings
    after = load_settings(tmp_path, base_path=tmp_path).settings

    changed = {
        name: _value(after, name)
        for name in fields()
        if _value(after, name) != _value(before, name)
    }
    assert changed == {setting: expected}


def _value(settings: object, name: str) -> object:
    for part in name.split("."):
        settings = getattr(settings, part)
    return settings


def test_every_key_of_the_guide_is_tried_above() -> None:
    assert len(GUIDE_NAMES) == 10
    assert set(GUIDE_NAMES.values()) <= set(fields())


def test_the_guide_s_keys_work_in_every_place(library: Path) -> None:
    _write(library, {"auto_backup": False})

    settings = load_settings(
        library,
        environment={"ORQUESTRADOR_PROCESSAMENTO_PARALELO": "false"},
        overrides={"max_threads": 2},
    ).settings

    assert settings.backup.automatic is False
    assert settings.classification.engine == "inline"
    assert settings.classification.workers == 2


def test_keys_of_an_older_program_are_understood_in_the_guide_s_place(
    tmp_path: Path, library: Path
) -> None:
    _write_guide(
        tmp_path,
        {
            "debug": True,
            "max_workers": 8,
            "timeout_seconds": 120,
            "monitoring": {
                "enabled": False,
                "interval_seconds": 15,
                "alert_thresholds": {"cpu": 80, "memory": 90},
            },
            "components": {"backup": {"enabled": False}, "scanner": {"enabled": True}},
            "paths": {"library": "CODIGO_FONTE_LIBRARY"},
            "logging": {"file": "x.log", "level": "WARNING"},
            "alertas_email": False,
        },
    )

    loaded = load_settings(library, base_path=tmp_path)

    settings = loaded.settings
    assert settings.log.level == "debug"
    assert settings.classification.workers == 8
    assert settings.operation_timeout_s == 120.0
    assert settings.monitor.enabled is False
    assert settings.monitor.interval_s == 15.0
    assert settings.backup.automatic is False
    (warning,) = loaded.warnings
    assert warning.endswith(
        "not used by this program: monitoring.alert_thresholds.cpu, "
        "monitoring.alert_thresholds.memory, components.scanner.enabled, "
        "paths.library, logging.file, logging.level, alertas_email"
    )


def test_an_older_switch_that_is_off_does_not_touch_the_log(
    tmp_path: Path, library: Path
) -> None:
    _write_guide(tmp_path, {"debug": False, "logging": {"level": "ERROR"}})

    loaded = load_settings(library, base_path=tmp_path)

    assert loaded.settings.log.level == "error"
    assert loaded.warnings == ()


def test_the_guide_s_file_is_lenient_when_it_is_named_too(
    tmp_path: Path, library: Path
) -> None:
    file = _write_guide(tmp_path, {"whatever": 1})

    assert len(load_settings(library, config=file).warnings) == 1


def test_a_wrong_value_of_the_guide_s_own_key_is_an_error_there_too(
    tmp_path: Path, library: Path
) -> None:
    file = _write_guide(tmp_path, {"max_threads": "four"})

    assert _problems(library, base_path=tmp_path) == (
        f'{file}: max_threads: expected a whole number from 0 up to 64, got "four"',
    )


def test_two_names_of_one_setting_may_agree(library: Path) -> None:
    _write(library, {"max_threads": 2, "classification": {"workers": 2}})

    loaded = load_settings(library)

    assert loaded.settings.classification.workers == 2


def test_two_names_of_one_setting_must_not_contradict_each_other(library: Path) -> None:
    file = _write(library, {"max_threads": 3, "classification": {"workers": 2}})

    assert _problems(library) == (
        (
            f"{file}: max_threads: says 3, but classification.workers says 2 for the "
            "same setting; leave one of them out"
        ),
    )


def test_every_mistake_is_reported_at_once_with_its_place(library: Path) -> None:
    file = _write(
        library,
        {
            "monitor": {"intervl": 3, "enabled": "yes"},
            "log": True,
            "classification": {"engine": "ants", "max_file_mb": 0, "suffixes": ["MQ4"]},
        },
    )

    problems = _problems(
        library,
        environment={"ORQUESTRADOR_WORKRS": "3", "ORQUESTRADOR_WORKERS": "many"},
        overrides={"report": {"formats": ["docx"]}},
    )

    assert set(problems) == {
        f"{file}: monitor.intervl: is not a setting; did you mean monitor.interval_s?",
        f'{file}: monitor.enabled: expected true or false, got "yes"',
        f"{file}: log: is a section; write its settings, such as log.level",
        (
            f'{file}: classification.engine: expected "processes" or "inline" or '
            '"ray", got "ants"'
        ),
        (
            f"{file}: classification.max_file_mb: expected a number above 0 and up to "
            "1024, got 0"
        ),
        (
            f"{file}: classification.suffixes: expected a list with at least one of: a "
            'lower-case ending such as .mq4, got ["MQ4"]'
        ),
        (
            "environment variable ORQUESTRADOR_WORKRS: is not a setting; did you mean "
            "classification.workers?"
        ),
        (
            "environment variable ORQUESTRADOR_WORKERS: expected a whole number from 0 "
            'up to 64, got "many"'
        ),
        (
            'option report.formats: expected a list with at least one of: "html" or '
            '"json" or "csv" or "md" or "pdf", got ["docx"]'
        ),
    }


@pytest.mark.parametrize(
    ("key", "neighbour"),
    [
        ("max_thread", "max_threads"),
        ("Monitor", "monitor"),
        ("interval_s", "monitor.interval_s or report.interval_s"),
        ("page", "web.page"),
        ("backup.automatik", "backup.automatic"),
        ("monitor.worker", "classification.workers"),
    ],
)
def test_an_unknown_key_names_its_neighbour(
    library: Path, key: str, neighbour: str
) -> None:
    (problem,) = _problems(library, overrides={key: 1})

    assert problem == f"option {key}: is not a setting; did you mean {neighbour}?"


def test_a_key_like_no_other_is_not_given_a_neighbour(library: Path) -> None:
    assert _problems(library, overrides={"zzz": 1}) == ("option zzz: is not a setting",)


@pytest.mark.parametrize(
    ("variable", "text", "setting", "expected"),
    [
        ("WORKERS", " 2 ", "classification.workers", 2),
        ("CLASSIFICATION__WORKERS", "2", "classification.workers", 2),
        ("MAX_THREADS", "2", "classification.workers", 2),
        ("MONITOR__ENABLED", "False", "monitor.enabled", False),
        ("MONITOR__ENABLED", "0", "monitor.enabled", False),
        ("LOG__LEVEL", "Warning", "log.level", "warning"),
        ("REPORT__FORMATS", "json", "report.formats", ("json",)),
        (
            "CLASSIFICATION__SNIFFED_SUFFIXES",
            "[]",
            "classification.sniffed_suffixes",
            (),
        ),
        ("BACKUP__EXCLUDE", "*.tmp, old", "backup.exclude", ("*.tmp", "old")),
        ("BACKUP__EXCLUDE", '["a,b"]', "backup.exclude", ("a,b",)),
        ("OPERATION_TIMEOUT_S", "1.5", "operation_timeout_s", 1.5),
        ("WORKERS", "", "classification.workers", 0),
    ],
)
def test_a_variable_is_read_as_its_setting_s_type(
    library: Path, variable: str, text: str, setting: str, expected: object
) -> None:
    loaded = load_settings(library, environment={f"ORQUESTRADOR_{variable}": text})

    assert _value(loaded.settings, setting) == expected


def test_other_variables_and_the_command_line_s_are_left_alone(library: Path) -> None:
    loaded = load_settings(
        library, environment={"PATH": "/bin", "ORQUESTRADOR_LIBRARY": "/x"}
    )

    assert set(loaded.origins.values()) == {Origin("default")}


def test_a_variable_that_is_no_list_says_so(library: Path) -> None:
    (problem,) = _problems(library, environment={"ORQUESTRADOR_BACKUP__EXCLUDE": "["})

    assert "ORQUESTRADOR_BACKUP__EXCLUDE: the list, line 1, column 2: is not" in problem


def test_an_option_that_was_not_given_changes_nothing(library: Path) -> None:
    loaded = load_settings(library, overrides={"workers": None, "level": "quick"})

    assert loaded.origins["classification.workers"] == Origin("default")
    assert loaded.settings.classification.level == "quick"


def test_the_file_may_begin_with_a_byte_order_mark(library: Path) -> None:
    (library / "orquestrador.json").write_bytes(b'\xef\xbb\xbf{"max_threads": 2}')

    assert load_settings(library).settings.classification.workers == 2


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (rb'{"paths": "C:\Users"}', r"line 1, column 14.*write C:/Users"),
        (rb'{"paths": "C:\users"}', "write C:/Users"),
        (b'{\n"max_threads": 4,\n}', "is not JSON"),
        (b"", r"is empty; write \{\}"),
        (b"[]", "must hold one object"),
        (b'{"max_threads": 1, "max_threads": 2}', "max_threads is written twice"),
        (b'{"operation_timeout_s": NaN}', "NaN is no number"),
        (b'{"operation_timeout_s": 1e999}', "up to 604800, got Infinity"),
        (
            b'{"max_threads": 4}'.decode().encode("utf-16"),
            "is UTF-16; save it as UTF-8",
        ),
        (b'{\n"\xe7": 1}', "line 2: is not UTF-8"),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "too deep"),
        (rb'{"backup": {"exclude": ["\ud800"]}}', r'got \["\\ud800"\]'),
        (b'{"backup": {"exclude": ' + b"[" * 50 + b"]" * 50 + b"}}", "too deep"),
        (b'{"max_threads": ' + b"1" * 5000 + b"}", "111111111... is too long a number"),
        (rb'{"log": {"level": "C:\new"}}', r"instead of \\, such as C:/new"),
        (b'{"max_threads": null}', "got null"),
        (b'{"max_threads": true}', "got true"),
        (b'{"max_threads": "4"}', 'got "4"'),
        (b'{"max_threads": 2.5}', "got 2.5"),
        (b'{"auto_backup": 1}', "expected true or false, got 1"),
        (b'{"processamento_paralelo": "sim"}', "expected true or false"),
        (b'{"backup": {"exclude": "*.log"}}', "expected a list of"),
        (b'{"monitor": []}', "is a section"),
        (b'{"log.level": "debug", "log": {"level": "info"}}', "says 'info', but"),
    ],
)
def test_each_kind_of_mistake_in_a_file_says_what_to_do(
    library: Path, content: bytes, words: str
) -> None:
    file = library / "orquestrador.json"
    file.write_bytes(content)

    with pytest.raises(SettingsError, match=words) as caught:
        load_settings(library)

    assert str(file) in str(caught.value)


def test_an_empty_object_leaves_every_setting_as_it_is(library: Path) -> None:
    _write(library, {"monitor": {}})

    assert set(load_settings(library).origins.values()) == {Origin("default")}


def test_a_named_file_must_be_there(tmp_path: Path, library: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        load_settings(library, config=tmp_path / "absent.json")


def test_a_named_file_is_read_instead_of_the_library_s(
    tmp_path: Path, library: Path
) -> None:
    _write(library, {"classification": {"workers": 1}})
    other = _write(tmp_path, {"classification": {"workers": 2}})

    assert load_settings(library, config=other).settings.classification.workers == 2


def test_a_folder_of_the_file_s_name_is_not_passed_over(library: Path) -> None:
    (library / "orquestrador.json").mkdir()

    with pytest.raises(SettingsError, match="cannot be read"):
        load_settings(library)
