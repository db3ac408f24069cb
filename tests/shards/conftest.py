"""A small input of every kind, and what is made of it."""

import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from orquestrador.classification.version import classifier_version
from orquestrador.config import ClassificationSettings, load_settings
from orquestrador.config.profiles import own_profile
from orquestrador.messages.shards import ClassifyShard, ShardClassified, ShardProgram
from orquestrador.shards.classifying import classify_shard
from orquestrador.shards.manifest import Manifest
from orquestrador.shards.places import absolute, folder_at
from orquestrador.shards.planning import ShardOptions, plan

EXAMPLES = Path(__file__).parents[2] / "examples" / "library" / "Experts"

Done = Callable[..., list[ShardClassified]]
Plan = Callable[..., Manifest]


@pytest.fixture(scope="session")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Seven files: a copy, one of two endings, a text that is no source."""
    folder = tmp_path_factory.mktemp("sources") / "EAs"
    (folder / "old").mkdir(parents=True)
    examples = sorted(EXAMPLES.glob("*.mq?"))[:3]
    for path in examples:
        shutil.copy2(path, folder / path.name)
    shutil.copy2(examples[-1], folder / "old" / "100% copy.mq4")
    (folder / "notes.txt").write_text("what I bought", encoding="utf-8")
    (folder / "locked.ex4").write_bytes(b"EX\x04\x00")
    (folder / "latin.mq5").write_bytes("// Média móvel\nint a;\n".encode("latin-1"))
    return folder


@pytest.fixture
def archived(sources: Path, tmp_path: Path) -> Path:
    """The same with an archive, in a folder of its own."""
    folder = tmp_path / "with archive"
    shutil.copytree(sources, folder)
    with zipfile.ZipFile(folder / "pack.zip", "w") as archive:
        archive.writestr("in/a.mq4", "void OnTick() { }")
    return folder


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> ClassificationSettings:
    nowhere = tmp_path_factory.mktemp("nowhere")
    return load_settings(nowhere, environment={}).settings.classification


@pytest.fixture
def planned(settings: ClassificationSettings) -> Plan:
    """Plan an output folder, with shards of a few files."""

    def make(inputs: list[Path | str], to: Path | str, **options: Any) -> Manifest:
        asked: dict[str, Any] = {"shard_bytes": 4000, "output": "jsonl", **options}
        version = classifier_version(own_profile(), None)
        return plan(
            [str(each) for each in inputs],
            str(to),
            ShardOptions(**asked),
            settings,
            version,
        )

    return make


@pytest.fixture
def done() -> Done:
    """Classify the shards that have no part, here."""

    def classify(manifest: Manifest, to: Path | str) -> list[ShardClassified]:
        program = ShardProgram(
            function="orquestrador.classification:classify_and_sketch",
            profile="",
            own="",
            content_limit_s=20.0,
        )
        return [
            classify_shard(
                ClassifyShard(
                    job=manifest.job,
                    shard=shard,
                    to=absolute(str(to)),
                    program=program,
                    fenced=False,
                )
            )
            for shard in manifest.missing(folder_at(absolute(str(to))))
        ]

    return classify
