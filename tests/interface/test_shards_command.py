"""`shards`, `import`, and `search` over several libraries."""

import json
import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from orquestrador import search_libraries
from orquestrador.errors import CatalogError
from orquestrador.interface import cli

EXAMPLES = Path(__file__).parents[2] / "examples" / "library" / "Experts"


def run(
    capfd: pytest.CaptureFixture[str], *words: str | Path, lang: str = "en"
) -> tuple[int, str, str]:
    status = cli.main(["--lang", lang, *map(str, words)])
    out, err = capfd.readouterr()
    return status, out, err


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    folder = tmp_path / "sources"
    folder.mkdir()
    for path in sorted(EXAMPLES.glob("Grid*.mq?")):
        shutil.copy2(path, folder)
    return folder


@pytest.fixture
def libraries(
    sources: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> tuple[Path, Path]:
    """Two libraries with the same records."""
    out = tmp_path / "out"
    run(capfd, "shards", sources, "--to", out, "--engine", "inline")
    both = tmp_path / "one", tmp_path / "two"
    for each in both:
        each.mkdir()
        status, _, err = run(capfd, "--library", each, "import", out)
        assert (status, "2 records of" in err) == (0, True), err
    return both


def test_a_data_set_is_classified_and_gone_on_with(
    sources: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    paths = sorted(sources.iterdir())
    table = {
        "repo": ["ana/eas"] * len(paths),
        "file": [each.name for each in paths],
        "text": [each.read_bytes() for each in paths],
    }
    pq.write_table(pa.Table.from_pydict(table), tmp_path / "x.parquet")
    command = ["shards", tmp_path / "x.parquet", "--to", tmp_path / "out"]
    command += ["--format", "jsonl", "--path-column", "repo", "--path-column", "file"]
    command += ["--content-column", "text", "--engine", "inline"]

    status, out, _ = run(capfd, *command)

    assert (status, out.splitlines()[1]) == (
        0,
        "2 files; classified now: 2; problems: 0",
    )
    (part,) = (tmp_path / "out").glob("part-*.jsonl")
    first = json.loads(part.read_bytes().splitlines()[0])
    assert first["path"] == f"ana/eas/{paths[0].name}"
    again = json.loads(run(capfd, "--json", *command)[1])
    assert (again["classified"], again["files"], again["shards"]) == (0, 2, 1)


def test_what_is_wrong_is_told_in_the_language_of_the_screen(
    sources: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    command = ["shards", sources, "--to", tmp_path / "out", "--engine", "inline"]
    run(capfd, *command)

    status, _, err = run(capfd, *command, "--level", "quick", lang="pt_BR")

    assert status == 1
    assert "a pasta foi começada com outro level (full, agora quick)" in err


def test_an_export_is_imported(
    libraries: tuple[Path, Path], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    exported: list[bytes] = []
    for name in ("x.parquet", "x.jsonl"):
        run(capfd, "--library", libraries[0], "export", tmp_path / name)
        library = tmp_path / f"of {name}"
        library.mkdir()
        status, out, _ = run(
            capfd, "--json", "--library", library, "import", tmp_path / name
        )
        assert status == 0
        assert json.loads(out)["records"] == 2
        run(capfd, "--library", library, "export", tmp_path / "again.jsonl")
        exported.append((tmp_path / "again.jsonl").read_bytes())

    assert exported == [(tmp_path / "x.jsonl").read_bytes()] * 2


def test_a_table_of_text_is_no_import(
    libraries: tuple[Path, Path], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    run(capfd, "--library", libraries[0], "export", tmp_path / "x.csv")

    status, _, err = run(capfd, "--library", libraries[1], "import", tmp_path / "x.csv")

    assert (status, "line 1 is no record" in err) == (1, True)


def test_a_search_in_several_libraries_says_where_each_file_is(
    libraries: tuple[Path, Path], capfd: pytest.CaptureFixture[str]
) -> None:
    named = [word for each in libraries for word in ("--library", each)]

    status, out, err = run(
        capfd, *named, "search", "--strategy", "grid", "--limit", "3"
    )
    found = json.loads(run(capfd, *named, "--json", "search", "--strategy", "grid")[1])

    names = sorted(each.name for each in EXAMPLES.glob("Grid*.mq?"))
    places = [f"{each}/{name}" for each in map(str, libraries) for name in names]
    lines = [line.split("\t")[0].replace("\\", "/") for line in out.splitlines()]
    assert (status, lines) == (0, [each.replace("\\", "/") for each in places[:3]])
    assert "3 of 4 files shown" in err
    assert [each["library"] for each in found] == [
        str(each) for each in libraries for _ in names
    ]


def test_other_commands_take_one_library(
    libraries: tuple[Path, Path], capfd: pytest.CaptureFixture[str]
) -> None:
    named = [word for each in libraries for word in ("--library", each)]

    status, _, err = run(capfd, *named, "status")
    assert (status, "one --library at a time" in err) == (2, True)
    status, _, err = run(capfd, *named, "--state", libraries[0], "search")
    assert (status, "--state is of one library" in err) == (2, True)


def test_python_searches_several_libraries(libraries: tuple[Path, Path]) -> None:
    found = search_libraries(libraries, strategy="grid", limit=3)

    assert [each.library for each in found] == [*libraries[:1] * 2, libraries[1]]
    assert found[0].record == found[2].record
    with pytest.raises(CatalogError):
        search_libraries([libraries[0], libraries[0].parent], strategy="grid")
