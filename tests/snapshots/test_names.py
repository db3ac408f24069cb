import pytest
from hypothesis import given
from hypothesis import strategies as st

from orquestrador.snapshots.names import tree_path, unsafe_reason

LONG = 2048

parts = st.one_of(
    st.sampled_from([b".git", b"%2Egit", b"%252Egit", b".gitmodules", b"a", b"%61"]),
    st.sampled_from([b".gitattributes", b"%2Egitattributes", b"%252Egitattributes"]),
    st.binary(min_size=1, max_size=9).map(
        lambda raw: raw.replace(b"/", b"").replace(b"\0", b"") or b"x"
    ),
)


@pytest.mark.parametrize(
    ("raw", "stored"),
    [
        (b"EAs/Gold Grid.mq4", b"EAs/Gold Grid.mq4"),
        (b".gitignore", b".gitignore"),
        (b".github/x", b".github/x"),
        (b".gitattributes", b".gitattributes"),
        (b"git/x", b"git/x"),
        (b"100%.mq4", b"100%.mq4"),
        (b"%41.mq4", b"%41.mq4"),
        (b".git", b"%2Egit"),
        (b"a/.GIT/b", b"a/%2EGIT/b"),
        (b".git. .", b"%2Egit%2E%20%2E"),
        (b"git~1", b"%67it%7E1"),
        (b"gi7eba~1", b"%67i7eba%7E1"),
        (b"a\\.git", b"%61%5C%2Egit"),
        (b".gitmodules/x", b"%2Egitmodules/x"),
        (b".gitattributes/x", b"%2Egitattributes/x"),
        ("\u200c.git".encode(), b"%E2%80%8C%2Egit"),
        (b"%2Egit", b"%252Egit"),
        (b"%252Egit", b"%25252Egit"),
    ],
)
def test_only_names_that_git_refuses_are_escaped(raw: bytes, stored: bytes) -> None:
    assert tree_path(raw, 10) == stored


def test_attributes_too_long_for_git_are_escaped() -> None:
    assert tree_path(b"a/.gitattributes", LONG - 1) == b"a/.gitattributes"
    assert tree_path(b"a/.gitattributes", LONG) == b"a/%2Egitattributes"


@given(
    st.tuples(parts, st.sampled_from([0, LONG])),
    st.tuples(parts, st.sampled_from([0, LONG])),
)
def test_no_two_names_meet(one: tuple[bytes, int], other: tuple[bytes, int]) -> None:
    if one[0] != other[0]:
        assert tree_path(*one) != tree_path(*other)


@pytest.mark.parametrize(
    "raw", [b"/etc/passwd", b"../x", b"a/../../x", b"a//b", b"", b"./a", b"a\0b", b".."]
)
def test_names_that_lead_out_are_unsafe_everywhere(raw: bytes) -> None:
    assert unsafe_reason(raw, windows=False)
    assert unsafe_reason(raw, windows=True)


@pytest.mark.parametrize(
    "raw",
    [
        b"C:/x",
        b"c:x",
        b"a\\..\\b",
        b"\\\\?\\C:\\x",
        b"CON",
        b"a/NUL.mq4",
        b"com1.txt.mq4",
        b"Lpt\xc2\xb9",
        b"aux ",
        b"x.",
        b"x /y",
        b"a:stream",
        b"q?",
        b"new\nline",
        b"caf\xe9",
        b"conin$",
    ],
)
def test_names_that_windows_takes_for_something_else_are_refused_there(
    raw: bytes,
) -> None:
    assert unsafe_reason(raw, windows=True)
    assert unsafe_reason(raw, windows=False) is None


@pytest.mark.parametrize(
    "raw", [b"EAs/Gold.mq4", b"console.mq4", b"com10", b".git/config", b"nul_.mq4"]
)
def test_usual_names_are_safe(raw: bytes) -> None:
    assert unsafe_reason(raw, windows=True) is None
