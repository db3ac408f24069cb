"""What docs/shards.md shows works as it stands there, on an input of its own."""

import re
import shlex
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from orquestrador.interface.cli import main
from orquestrador.tables.schema import SCHEMA_VERSION

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "shards.md").read_text(encoding="utf-8")
EXAMPLES = ROOT / "examples" / "library"


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)


@pytest.fixture
def inputs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folders and a data set with the names of the page."""
    source = (EXAMPLES / "Experts" / "Esqueleto.mq5").read_bytes()
    for name in ("EAs", "Indicators"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.mq5").write_bytes(source)
    (tmp_path / "data" / "mql5").mkdir(parents=True)
    columns = {"repo": ["r"], "path": ["a.mq5"], "content": [source]}
    table = pa.Table.from_pydict(columns)
    pq.write_table(table, tmp_path / "data" / "mql5" / "0.parquet")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ORQUESTRADOR_CLASSIFICATION__ENGINE", "inline")
    return tmp_path


def test_its_commands_work(inputs: Path) -> None:
    shown = [line for line in "".join(blocks("sh")).splitlines() if "s3:" not in line]
    commands = [line for line in shown if line.startswith("orquestrador")]
    assert len(commands) == 5
    for number, line in enumerate(commands):
        if number == 1:
            # Each command of the page has a folder of its own.
            (inputs / "classified").rename(inputs / "of folders")
        assert main(shlex.split(line)[1:]) == 0, line
    assert (inputs / "classified" / "part-000000.parquet").exists()


def test_its_python_works(inputs: Path) -> None:
    program, _ = blocks("python")
    here = program.replace('"ray"', '"inline"')
    assert here != program

    names: dict[str, Any] = {}
    exec(compile(here, "docs/shards.md", "exec"), names)  # noqa: S102 -- the page's

    assert names["result"].files == 1


def test_its_index_of_copies_works(
    inputs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, program = blocks("python")
    assert main(["shards", "EAs", "Indicators", "--to", "classified"]) == 0
    capsys.readouterr()

    exec(compile(program, "docs/shards.md", "exec"), {})  # noqa: S102 -- the page's

    assert capsys.readouterr().out == "EAs/a.mq5 place ['Indicators/a.mq5']\n"


def test_it_says_the_schema_version() -> None:
    assert f"`orquestrador.schema_version` (now {SCHEMA_VERSION})" in PAGE
