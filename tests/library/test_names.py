"""Raw names are shown as valid Unicode and lead back to themselves."""

import os
from pathlib import Path

from hypothesis import example, given
from hypothesis import strategies as st

from orquestrador.library import (
    os_path,
    raw_name,
    raw_of_shown,
    shown_name,
    suffix_of,
)


# No system has names with a zero; one parts an archive's name from its member's.
@given(st.binary().filter(lambda raw: 0 not in raw))
@example(b"100%.mq4")
@example(b"\xff%FF")
@example("ação/ü.mq5".encode())
@example(b"\xed\xb0\x80")
def test_every_raw_name_is_shown_and_found_again(raw: bytes) -> None:
    shown = shown_name(raw)

    shown.encode("utf-8")
    assert raw_of_shown(shown) == raw


def test_undecodable_bytes_and_the_percent_sign_are_escaped() -> None:
    assert shown_name(b"a%b\xff/\xc3\xa9.mq4") == "a%25b%FF/é.mq4"


def test_a_percent_sign_typed_by_hand_stands_for_itself() -> None:
    assert raw_of_shown("100% gold.mq4") == b"100% gold.mq4"


def test_suffixes_are_lower_case_and_belong_to_the_last_part() -> None:
    names = [b"a.MQ4", b"a.b/c", b".mq4", b"a.", b"a.tar.gz", b"a." + b"x" * 99]

    assert [suffix_of(name) for name in names] == [".mq4", "", "", ".", ".gz", ""]


def test_a_name_of_the_system_becomes_raw_and_leads_back(tmp_path: Path) -> None:
    relative = f"EAs{os.sep}Índice.mq4"
    raw = raw_name(relative)

    assert raw == "EAs/Índice.mq4".encode()
    assert os_path(tmp_path, raw) == tmp_path / relative
