"""A file is read whole, hashed, and never waited for."""

import hashlib
import os
import sys
from pathlib import Path

import pytest

from orquestrador.library import Content, Unreadable, read_content
from orquestrador.library import reading as module


def test_the_hash_is_of_the_bytes_that_were_read(tmp_path: Path) -> None:
    path = tmp_path / "a.mq4"
    path.write_bytes(b"int start() {}\r\n")

    content = read_content(path, 100)

    assert isinstance(content, Content)
    assert content.data == b"int start() {}\r\n"
    assert content.sha256 == hashlib.sha256(content.data).hexdigest()
    assert content.size == 16
    assert content.mtime_ns == path.stat().st_mtime_ns


def test_an_empty_file_is_a_content(tmp_path: Path) -> None:
    path = tmp_path / "a.mq4"
    path.touch()

    content = read_content(path, 100)

    assert isinstance(content, Content)
    assert content.sha256 == hashlib.sha256(b"").hexdigest()


def test_a_file_over_the_limit_is_named_with_both_sizes(tmp_path: Path) -> None:
    path = tmp_path / "a.mq4"
    path.write_bytes(b"x" * 3_000_000)

    content = read_content(path, 1_000_000)

    assert isinstance(content, Unreadable)
    assert "3.0 MB is over the limit of 1 MB" in content.problem


def test_a_file_that_vanished_is_named(tmp_path: Path) -> None:
    assert read_content(tmp_path / "gone.mq4", 100) == Unreadable(
        "vanished before it could be read"
    )


def test_a_name_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    content = read_content(tmp_path / "a\0b.mq4", 100)

    assert isinstance(content, Unreadable)
    assert "name cannot be used" in content.problem


@pytest.mark.skipif(sys.platform == "win32", reason="FIFOs are POSIX")
def test_a_pipe_in_the_place_of_a_file_is_not_waited_for(tmp_path: Path) -> None:
    if sys.platform == "win32":
        return
    os.mkfifo(tmp_path / "a.mq4")

    assert read_content(tmp_path / "a.mq4", 100) == Unreadable("named pipe, not opened")


def test_of_a_file_that_grows_behind_the_reader_the_hash_and_size_fit_what_was_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.mq4"
    path.write_bytes(b"x" * 10)
    real = os.read

    def growing(descriptor: int, size: int) -> bytes:
        data = real(descriptor, min(size, 10))
        if path.stat().st_size < 30:
            with path.open("ab") as file:
                file.write(b"y" * 10)
        return data

    monkeypatch.setattr(module.os, "read", growing)
    content = read_content(path, 100)

    # The next listing shows another size, and the file is read again.
    assert isinstance(content, Content)
    assert (content.data, content.size) == (b"x" * 10, 10)
    assert path.stat().st_size == 20
    assert content.sha256 == hashlib.sha256(content.data).hexdigest()


def test_a_file_that_grows_without_end_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.mq4"
    path.write_bytes(b"x")

    def endless(_descriptor: int, size: int) -> bytes:
        return b"z" * size

    monkeypatch.setattr(module.os, "read", endless)

    content = read_content(path, 5_000_000)

    assert isinstance(content, Unreadable)
    assert "grew while it was read" in content.problem
