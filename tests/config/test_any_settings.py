"""Whatever a file or a variable says, the answer is settings or a SettingsError."""

import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orquestrador.config import load_settings
from orquestrador.config.fields import fields, sections
from orquestrador.config.names import GUIDE_NAMES, OLDER_NAMES
from orquestrador.errors import SettingsError

NAMES = st.sampled_from([*fields(), *GUIDE_NAMES, *OLDER_NAMES, *sections()])
LAST_PARTS = NAMES.map(lambda name: name.rpartition(".")[2])
KEYS = NAMES | LAST_PARTS | st.text(max_size=12)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-1, 100)
    | st.integers()
    | st.floats()
    | st.sampled_from(["full", "inline", "DEBUG", ".mq4", "json", "", "\ud800"])
    | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3)
    ),
    max_leaves=8,
)
DOCUMENTS = st.dictionaries(KEYS, VALUES, max_size=4)


def _loads_or_says_why(library: Path, **places: object) -> None:
    try:
        loaded = load_settings(library, **places)  # type: ignore[arg-type]
    except SettingsError as error:
        problems = error.problems
    else:
        assert set(loaded.origins) == set(fields())
        problems = loaded.warnings
    assert all(each.isprintable() for each in problems)


@settings(max_examples=150, deadline=None)
@given(document=DOCUMENTS, place=st.sampled_from(["library", "guide", "options"]))
def test_any_document_is_settings_or_an_error(
    document: dict[str, object], place: str
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder)
        if place == "options":
            _loads_or_says_why(base, overrides=document)
            return
        file = base / "orquestrador.json"
        if place == "guide":
            file = base / "Development" / "config" / "orquestrador.json"
            file.parent.mkdir(parents=True)
        file.write_text(json.dumps(document), encoding="utf-8")

        _loads_or_says_why(base, base_path=base)


@settings(max_examples=150, deadline=None)
@given(
    variables=st.dictionaries(
        NAMES.map(lambda name: "ORQUESTRADOR_" + name.upper().replace(".", "__")),
        st.sampled_from(["1", "true", "[", "[1]", "{}", "nan", "-1", "a,b", "1e400"])
        | st.text(max_size=8),
        max_size=3,
    )
)
def test_any_environment_is_settings_or_an_error(
    tmp_path_factory: pytest.TempPathFactory, variables: dict[str, str]
) -> None:
    _loads_or_says_why(tmp_path_factory.getbasetemp(), environment=variables)


@settings(max_examples=100, deadline=None)
@given(content=st.binary(max_size=40))
def test_any_bytes_are_settings_or_an_error(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "orquestrador.json").write_bytes(content)

        _loads_or_says_why(Path(folder))
