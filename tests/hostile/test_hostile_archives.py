"""Archives that lie, explode or hide: each member is read, or named with why not."""

import io
import struct
import zipfile
from pathlib import Path

from orquestrador.library.archives import archive_of, members

LIMIT = 2_000_000
SOURCE = b"void OnTick() { }\n"


def packed(path: Path, *contents: tuple[str, bytes]) -> Path:
    """Write an archive of these members."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in contents:
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return path


def found(path: Path) -> dict[str, tuple[bytes, str | None]]:
    """Return what is read of an archive by name."""
    return {each.name: (each.data, each.problem) for each in members(path, LIMIT)}


def test_a_member_is_read_under_its_name(tmp_path: Path) -> None:
    archive = packed(tmp_path / "pack.zip", ("Experts/a.mq4", SOURCE))

    assert found(archive) == {"Experts/a.mq4": (SOURCE, None)}


def test_a_bomb_is_named_and_not_unpacked(tmp_path: Path) -> None:
    archive = packed(tmp_path / "bomb.zip", ("a.mq4", bytes(LIMIT - 1)))

    data, problem = found(archive)["a.mq4"]
    assert data == b""
    assert "200 times" in str(problem)


def test_a_member_over_the_limit_is_named(tmp_path: Path) -> None:
    archive = packed(tmp_path / "large.zip", ("a.mq4", bytes(LIMIT + 1)))

    assert "over the limit" in str(found(archive)["a.mq4"][1])


def test_a_member_that_lies_about_its_size_gives_no_byte_too_many(
    tmp_path: Path,
) -> None:
    archive = packed(tmp_path / "lie.zip", ("a.mq4", bytes(500_000)))
    data = bytearray(archive.read_bytes())
    directory = data.rfind(b"PK\x01\x02")
    struct.pack_into("<L", data, directory + 24, 10)
    archive.write_bytes(data)

    read, problem = found(archive)["a.mq4"]
    assert read == b""
    assert problem is not None


def test_no_more_than_eight_times_the_limit_is_read_of_all(tmp_path: Path) -> None:
    many = [(f"{number}.mq4", bytes(1_000_000)) for number in range(20)]
    archive = packed(tmp_path / "many.zip", *many)

    read = [data for data, problem in found(archive).values() if problem is None]
    assert sum(map(len, read)) == 8 * LIMIT
    assert any("unpacked" in str(problem) for _, problem in found(archive).values())


def test_members_that_turn_out_damaged_count_as_read(tmp_path: Path) -> None:
    many = [(f"{number}.mq4", bytes(1_000_000)) for number in range(20)]
    archive = packed(tmp_path / "many.zip", *many)
    data = bytearray(archive.read_bytes())
    at = data.find(b"PK\x01\x02")
    while at >= 0:
        data[at + 16] ^= 0xFF  # its checksum
        at = data.find(b"PK\x01\x02", at + 1)
    archive.write_bytes(data)

    problems = [str(problem) for _, problem in found(archive).values()]
    assert sum("damaged member" in each for each in problems) == 16
    assert sum("unpacked" in each for each in problems) == 4


def test_a_great_many_members_of_one_name_are_told_apart_in_linear_time(
    tmp_path: Path,
) -> None:
    count = 50_000
    entry = struct.pack("<4s6H3L5H2L", b"PK\x01\x02", *[0] * 9, 1, *[0] * 6) + b"a"
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, count, count, 47 * count, 0, 0)
    archive = tmp_path / "same.zip"
    archive.write_bytes(entry * count + end)

    # A step for each pair of them would take longer than a test may.
    names = {each.name for each in members(archive, LIMIT)}
    assert len(names) == count
    assert f"a#{count}" in names


def test_members_that_nobody_wants_are_not_unpacked(tmp_path: Path) -> None:
    pictures = [(f"{number}.png", bytes(1_000_000)) for number in range(20)]
    archive = packed(tmp_path / "many.zip", *pictures, ("a.mq4", SOURCE))

    (member,) = members(archive, LIMIT, frozenset({".mq4"}).__contains__)
    assert (member.name, member.data) == ("a.mq4", SOURCE)


def test_an_archive_in_an_archive_is_named_and_not_entered(tmp_path: Path) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("a.mq4", SOURCE)
    outer = packed(tmp_path / "outer.zip", ("inner.zip", inner.getvalue()))

    assert found(outer) == {"inner.zip": (b"", "archive in an archive, not entered")}


def test_an_encrypted_member_is_named(tmp_path: Path) -> None:
    archive = packed(tmp_path / "locked.zip", ("a.mq4", SOURCE))
    data = bytearray(archive.read_bytes())
    data[data.rfind(b"PK\x01\x02") + 8] |= 1
    archive.write_bytes(data)

    assert found(archive) == {"a.mq4": (b"", "encrypted, not read")}


def test_names_that_lead_elsewhere_are_shown_and_lead_nowhere(tmp_path: Path) -> None:
    names = ["../../a.mq4", "/etc/b.mq4", "Experts\\c.mq4", "50% off.mq4"]
    archive = packed(tmp_path / "names.zip", *((name, SOURCE) for name in names))

    assert set(found(archive)) == {*names[:3], "50%25 off.mq4"}
    assert all(problem is None for _, problem in found(archive).values())
    assert [each.name for each in tmp_path.iterdir()] == ["names.zip"]


def test_two_members_of_one_name_are_both_read(tmp_path: Path) -> None:
    path = tmp_path / "twice.zip"
    packed(path, ("a.mq4", SOURCE), ("b.mq4", b"int b;\n"))
    path.write_bytes(path.read_bytes().replace(b"b.mq4", b"a.mq4"))

    assert found(path) == {"a.mq4": (SOURCE, None), "a.mq4#2": (b"int b;\n", None)}


def test_what_is_no_archive_is_named_once(tmp_path: Path) -> None:
    for data in (b"", b"no archive at all", b"PK\x05\x06" + bytes(17)):
        path = tmp_path / "not.zip"
        path.write_bytes(data)
        (name, (_, problem)) = next(iter(found(path).items()))
        assert (name, len(found(path))) == ("", 1)
        assert "damaged archive" in str(problem)


def test_every_cut_of_an_archive_is_named_and_raises_nothing(tmp_path: Path) -> None:
    whole = packed(tmp_path / "whole.zip", ("a.mq4", SOURCE * 9)).read_bytes()
    path = tmp_path / "cut.zip"
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        assert all(problem for _, problem in found(path).values())


def test_every_flipped_byte_of_an_archive_raises_nothing(tmp_path: Path) -> None:
    whole = packed(tmp_path / "whole.zip", ("a.mq4", SOURCE * 9)).read_bytes()
    path = tmp_path / "flipped.zip"
    for at in range(len(whole)):
        data = bytearray(whole)
        data[at] ^= 0xFF
        path.write_bytes(data)
        for read, problem in found(path).values():
            assert read == SOURCE * 9 or problem


def test_a_list_of_members_that_is_too_long_is_not_read(tmp_path: Path) -> None:
    path = packed(tmp_path / "long.zip", ("a.mq4", SOURCE))
    data = bytearray(path.read_bytes())
    struct.pack_into("<L", data, data.rfind(b"PK\x05\x06") + 12, 50_000_000)
    path.write_bytes(data)

    assert "list of members" in str(found(path)[""][1])


def test_a_folder_whose_name_looks_like_an_archive_is_a_folder(tmp_path: Path) -> None:
    folder = tmp_path / "pack.zip!"
    folder.mkdir()
    (folder / "a.mq4").write_bytes(SOURCE)
    packed(tmp_path / "pack.zip", ("a.mq4", b"int x;\n"), ("b.mq4", SOURCE))

    assert archive_of(folder / "a.mq4") is None
    assert archive_of(folder / "b.mq4") == (tmp_path / "pack.zip", "b.mq4")
