from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from orquestrador.errors import SnapshotError
from orquestrador.messages.comparing import ContentLabels, Difference
from orquestrador.snapshots import SnapshotRepository
from orquestrador.snapshots.differences import Differences
from orquestrador.snapshots.labels import (
    CATALOG,
    decode_labels,
    encode_labels,
    labels_by_content,
)
from orquestrador.snapshots.manifest import Manifest
from orquestrador.snapshots.opening import finish

Put = Callable[[Path, dict[bytes, bytes]], None]
At = Callable[[int], datetime]

NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
SOURCE = "int OnInit()\r\n{\r\n   // série\r\n   return 0;\r\n}\r\n"


@pytest.fixture
def small(tmp_path: Path, put: Put) -> Path:
    root = tmp_path / "library"
    put(
        root,
        {
            b"EAs/grid.mq4": SOURCE.encode("utf-16"),
            b"EAs/old.mq4": SOURCE.encode("latin-1"),
            b"EAs/gone.mq4": b"int gone;\n",
            b"EAs/moved.mq4": b"int moved;\n",
            b"same.mq4": b"int same;\n",
            b"picture.mq4": b"\x89PNG\r\n\x1a\n" + bytes(200),
        },
    )
    return root


def labels_of(manifest: Manifest, **changed: str) -> list[ContentLabels]:
    return [
        ContentLabels(
            sha256=content.sha256,
            suffix=".mq4",
            language="mql4",
            kind="expert",
            strategies=(changed.get(content.files[0][0], "grid"), "trend_following"),
            risk=(),
            hygiene=(),
            classifier="1+a",
        )
        for content in manifest.contents
    ]


def changed(repository: SnapshotRepository, small: Path, put: Put) -> Differences:
    repository.create(small, reason="before", now=NOW)
    put(
        small,
        {
            b"EAs/grid.mq4": SOURCE.replace("return 0", "return 1").encode("utf-16"),
            b"EAs/old.mq4": SOURCE.encode("utf-8"),
            b"new.mq4": b"int new;\n",
            b"elsewhere/moved.mq4": b"int moved;\n",
            b"picture.mq4": b"\x89PNG\r\n\x1a\n" + bytes(300),
        },
    )
    (small / "EAs" / "gone.mq4").unlink()
    (small / "EAs" / "moved.mq4").unlink()
    return Differences(repository, small)


def told(difference: Difference) -> list[tuple[str, str, str | None]]:
    return [(each.kind, each.path, each.old_path) for each in difference.changes]


EXPECTED = [
    ("removed", "EAs/gone.mq4", None),
    ("changed", "EAs/grid.mq4", None),
    ("changed", "EAs/old.mq4", None),
    ("renamed", "elsewhere/moved.mq4", "EAs/moved.mq4"),
    ("added", "new.mq4", None),
    ("changed", "picture.mq4", None),
]


def test_a_snapshot_is_compared_with_the_library_as_it_stands(
    repository: SnapshotRepository, small: Path, put: Put
) -> None:
    differences = changed(repository, small, put)
    found = finish(differences.since("latest"))
    assert told(found) == EXPECTED
    assert (found.added, found.removed, found.changed, found.renamed) == (1, 1, 3, 1)
    assert (found.same, found.new, found.labels) == (1, None, "none")


def test_two_snapshots_are_compared_in_either_direction(
    repository: SnapshotRepository, small: Path, put: Put, at: At
) -> None:
    differences = changed(repository, small, put)
    repository.create(small, reason="after", now=at(60))
    new, old = (each.id for each in repository.list())
    assert told(differences.between(old, new)) == EXPECTED
    back = differences.between(new, old)
    assert ("added", "EAs/gone.mq4", None) in told(back)
    assert ("renamed", "EAs/moved.mq4", "elsewhere/moved.mq4") in told(back)
    assert differences.between(old, old).changes == ()


def test_a_path_narrows_the_comparison_and_keeps_its_renames(
    repository: SnapshotRepository, small: Path, put: Put
) -> None:
    differences = changed(repository, small, put)
    found = finish(differences.since("latest", "EAs"))
    assert [path for _, path, _ in told(found)] == [
        "EAs/gone.mq4",
        "EAs/grid.mq4",
        "EAs/old.mq4",
        "elsewhere/moved.mq4",
    ]
    with pytest.raises(SnapshotError, match="'EA' is in neither"):
        finish(differences.since("latest", "EA"))


def test_texts_are_compared_decoded(
    repository: SnapshotRepository, small: Path, put: Put
) -> None:
    differences = changed(repository, small, put)
    found = differences.with_texts(finish(differences.since("latest")))
    texts = {each.path: each.text for each in found.changes}

    grid = texts["EAs/grid.mq4"]
    assert grid is not None
    assert grid.note is None
    assert grid.diff.splitlines() == [
        "@@ -1,5 +1,5 @@",
        " int OnInit()",
        " {",
        "    // série",
        "-   return 0;",
        "+   return 1;",
        " }",
    ]
    old = texts["EAs/old.mq4"]
    assert old is not None
    assert (old.note, old.diff, old.encoding) == ("encoding", "", "utf-8")
    assert old.old_encoding is not None
    assert old.old_encoding.startswith(("cp", "iso", "latin"))
    picture = texts["picture.mq4"]
    assert picture is not None
    assert picture.note == "binary"
    gone = texts["EAs/gone.mq4"]
    assert gone is not None
    assert gone.diff == "@@ -1 +0,0 @@\n-int gone;"
    assert texts["elsewhere/moved.mq4"] is None


@pytest.mark.parametrize(
    ("before", "after", "note"),
    [
        (b"a\nb\n", b"a\r\nb\r\n", "line_ends"),
        (b"a\nb", b"a\nb\n", "line_ends"),
        (b"int a;\n" * 200_000, b"int b;\n" * 200_000, "large"),
    ],
)
def test_what_no_diff_of_lines_shows_is_said(
    repository: SnapshotRepository,
    tmp_path: Path,
    put: Put,
    before: bytes,
    after: bytes,
    note: str,
) -> None:
    put(tmp_path / "library", {b"x.mq4": before})
    repository.create(tmp_path / "library", reason="x", now=NOW)
    put(tmp_path / "library", {b"x.mq4": after})
    differences = Differences(repository, tmp_path / "library")
    (change,) = differences.with_texts(finish(differences.since("latest"))).changes
    assert change.text is not None
    assert (change.text.note, change.text.diff) == (note, "")


def test_what_was_reclassified_is_told_from_the_labels_beside_each_snapshot(
    repository: SnapshotRepository, small: Path, at: At
) -> None:
    repository.create(small, reason="x", now=NOW)
    manifest = repository.manifest()
    sure, other = (
        {CATALOG: encode_labels(labels_of(manifest, **each))}
        for each in ({}, {"same.mq4": "scalping"})
    )
    first = repository.create(small, reason="x", now=at(60), beside=sure)
    again = repository.create(small, reason="x", now=at(61), beside=sure)
    second = repository.create(small, reason="x", now=at(62), beside=other)
    assert first is not None
    assert second is not None
    assert again is None, "the same labels make no snapshot"

    differences = Differences(repository, small)
    found = differences.between(first.id, second.id)
    assert found.labels == "both"
    assert found.changes == ()
    (one,) = found.reclassified
    assert one.paths == ("same.mq4",)
    assert (one.before.strategies[0], one.after.strategies[0]) == ("grid", "scalping")
    assert len(one.sha256) == 64
    now = finish(
        differences.since(second.id, labels=labels_by_content(labels_of(manifest)))
    )
    assert [each.paths for each in now.reclassified] == [("same.mq4",)]


def test_a_snapshot_without_labels_claims_nothing_about_them(
    repository: SnapshotRepository, small: Path, at: At
) -> None:
    repository.create(small, reason="x", now=NOW)
    beside = {CATALOG: encode_labels(labels_of(repository.manifest()))}
    repository.create(small, reason="x", now=at(60), beside=beside)
    new, old = (each.id for each in repository.list())
    found = Differences(repository, small).between(old, new)
    assert (found.labels, found.reclassified) == ("new", ())


def test_labels_come_back_as_they_were_kept(
    repository: SnapshotRepository, small: Path
) -> None:
    repository.create(small, reason="x", now=NOW)
    labels = labels_of(repository.manifest())
    kept = decode_labels(encode_labels(labels))
    assert {key: each.replace(sha256="") for key, each in kept.items()} == {
        key: each.replace(sha256="") for key, each in labels_by_content(labels).items()
    }


def test_each_content_of_a_path_is_told_with_its_snapshots(
    repository: SnapshotRepository, tmp_path: Path, put: Put, at: At
) -> None:
    root = tmp_path / "library"
    for number, text in enumerate((b"one", b"two", b"two", b"one")):
        put(root, {b"a.mq4": text, b"tick": b"%d" % number})
        repository.create(root, reason="x", now=at(number * 60))
    ids = [each.id for each in repository.list()]

    told = Differences(repository, root).history("a.mq4")

    assert [each.snapshots for each in told.contents] == [
        (ids[0],),
        (ids[1], ids[2]),
        (ids[3],),
    ]
    assert [each.size for each in told.contents] == [3, 3, 3]
    assert told.contents[0].sha256 == told.contents[2].sha256
    assert told.contents[1].first == at(60)
    assert told.contents[1].last == at(120)
    assert told.present == "same"
    (root / "a.mq4").write_bytes(b"three")
    assert Differences(repository, root).history("a.mq4").present == "different"
    (root / "a.mq4").unlink()
    assert Differences(repository, root).history("a.mq4").present == "missing"


def test_a_history_follows_a_file_through_its_renames(
    repository: SnapshotRepository, tmp_path: Path, put: Put, at: At
) -> None:
    root = tmp_path / "library"
    put(root, {b"first.mq4": b"draft", b"copy.mq4": b"v1"})
    repository.create(root, reason="x", now=at(0))
    put(root, {b"first.mq4": b"v1"})
    repository.create(root, reason="x", now=at(60))
    (root / "first.mq4").rename(root / "second.mq4")
    repository.create(root, reason="x", now=at(120))
    put(root, {b"second.mq4": b"v2"})
    repository.create(root, reason="x", now=at(180))

    told = Differences(repository, root).history("second.mq4")

    assert [(each.path, each.size) for each in told.contents] == [
        ("second.mq4", 2),
        ("second.mq4", 2),
        ("first.mq4", 2),
        ("first.mq4", 5),
    ]
    with pytest.raises(SnapshotError, match="in no snapshot"):
        Differences(repository, root).history("third.mq4")
