"""examples/library holds what its expected labels say."""

import itertools
import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest

from orquestrador.messages import Kind, Language

EXAMPLES = Path(__file__).parents[2] / "examples"
LIBRARY = EXAMPLES / "library"
STATE_FOLDER = ".orquestrador"
EXPECTED = tomllib.loads(
    (EXAMPLES / "library.expected.toml").read_text(encoding="utf-8")
)
FILES: list[dict[str, Any]] = EXPECTED["file"]
COPIES: list[dict[str, Any]] = EXPECTED["copies"]

STRATEGIES = {
    "scalping",
    "grid",
    "martingale",
    "hedging",
    "trend_following",
    "breakout",
    "mean_reversion",
    "momentum",
    "smc_ict",
    "price_action",
    "volume_flow",
    "volatility",
    "news",
    "arbitrage",
    "session_time",
    "machine_learning",
    "trade_management",
    "utility",
}
RISK = {
    "stop_loss",
    "take_profit",
    "trailing_stop",
    "break_even",
    "risk_percent_sizing",
    "daily_loss_limit",
    "drawdown_limit",
    "max_positions",
    "session_filter",
    "news_filter",
    "spread_filter",
    "lot_multiplier",
    "adds_to_losers",
    "opposite_positions",
    "no_stop_loss",
}
HYGIENE = {
    "decompiled",
    "account_lock",
    "expiry_lock",
    "dll_import",
    "web_request",
    "truncated",
    "secret",
    "generated",
}
ENCODINGS = {
    "ascii",
    "utf-8",
    "utf-8-sig",
    "utf-16-le",
    "utf-16-be",
    "cp1251",
    "cp1252",
    "gbk",
    "shift_jis",
}
FORMS = {
    "bom",
    "damaged-bom",
    "half-ascii",
    "cr-lines",
    "merge-conflict",
    "wrong-extension",
}
REASONS = {"archive", "compiled", "csharp", "web_page", "prose", "empty"}
BYTE_ORDER_MARKS = {
    "utf-8-sig": b"\xef\xbb\xbf",
    "utf-16-le": b"\xff\xfe",
    "utf-16-be": b"\xfe\xff",
}
DAMAGED_BOM = b"\xef\xbf\xbd\xef\xbf\xbd"
NEAR = 0.85


def read(path: str) -> bytes:
    return LIBRARY.joinpath(path).read_bytes()


def with_form(form: str) -> list[dict[str, Any]]:
    return [file for file in FILES if form in file.get("form", [])]


def values(file: dict[str, Any], key: str) -> list[Any]:
    """Return the values of a key that holds a list, one value or nothing."""
    value = file.get(key, [])
    found: list[Any] = value if isinstance(value, list) else [value]
    return found


def by_path(file: dict[str, Any]) -> str:
    return str(file["path"])


def text_of(path: str) -> str:
    data = read(path)
    encoding = next(file["encoding"] for file in FILES if file["path"] == path)
    return data.decode(encoding).removeprefix("\ufeff")


def code_tokens(path: str) -> list[str]:
    """Return the text's tokens without comments; a string is one token."""
    found = re.findall(
        r'"(?:\\.|[^"\\\r\n])*"|//[^\r\n]*|/\*.*?\*/|\w+|[^\w\s]',
        text_of(path),
        re.DOTALL,
    )
    return [token for token in found if not token.startswith(("//", "/*"))]


def likeness(first: str, second: str) -> float:
    """Return the share of runs of three tokens that two files have in common."""
    one, two = (
        set(itertools.pairwise(itertools.pairwise(code_tokens(path))))
        for path in (first, second)
    )
    return len(one & two) / len(one | two)


def pairs(sameness: str) -> Iterator[tuple[str, str]]:
    for group in COPIES:
        if group["sameness"] == sameness:
            yield from itertools.combinations(group["paths"], 2)


def test_every_file_is_labelled_once_and_nothing_else() -> None:
    files = sorted(
        path.relative_to(LIBRARY).as_posix()
        for path in LIBRARY.rglob("*")
        if path.is_file() and STATE_FOLDER not in path.parts
    )

    assert sorted(file["path"] for file in FILES) == files


@pytest.mark.parametrize(
    ("key", "codes"),
    [
        ("language", set(get_args(Language))),
        ("kind", set(get_args(Kind))),
        ("strategies", STRATEGIES),
        ("primary", STRATEGIES),
        ("risk", RISK),
        ("hygiene", HYGIENE),
        ("encoding", ENCODINGS),
        ("form", FORMS),
        ("reason", REASONS),
        ("language_version", {1, 2, 3, 4, 5, 6}),
    ],
)
def test_every_code_is_present_and_no_other(key: str, codes: set[Any]) -> None:
    assert {value for file in FILES for value in values(file, key)} == codes


@pytest.mark.parametrize("file", FILES, ids=by_path)
def test_labels_of_a_file_do_not_contradict_each_other(file: dict[str, Any]) -> None:
    strategies = file.get("strategies", [])
    risk = file.get("risk", [])

    assert file.get("primary") == (strategies[0] if strategies else None)
    assert risk == sorted(set(risk))
    assert not {"stop_loss", "no_stop_loss"} <= set(risk)
    assert ("reason" in file) == (file["language"] == "unknown")
    assert ("language_version" in file) == (file["language"] == "pine")


@pytest.mark.parametrize(
    "file", [file for file in FILES if "encoding" in file], ids=by_path
)
def test_the_bytes_are_in_the_said_encoding(file: dict[str, Any]) -> None:
    data, encoding, form = read(file["path"]), file["encoding"], file.get("form", [])
    mark = BYTE_ORDER_MARKS.get(encoding, b"\x00")

    assert data.startswith(mark) == ("bom" in form)
    assert data.startswith(DAMAGED_BOM) == ("damaged-bom" in form)
    if "half-ascii" in form:
        return
    text = data.removeprefix(DAMAGED_BOM).decode(encoding)
    assert "\ufffd" not in text
    assert set(re.findall(r"[\x00-\x1f]", text)) <= set("\t\r\n")
    # An encoding is only told from ASCII, and from UTF-8, by a character outside it.
    assert text.isascii() == (encoding == "ascii")
    if encoding not in {"ascii", "utf-8", "utf-8-sig"}:
        with pytest.raises(UnicodeDecodeError):
            data.removeprefix(DAMAGED_BOM).decode("utf-8")


def test_a_file_is_utf_16_up_to_a_paste_of_ascii() -> None:
    (file,) = with_form("half-ascii")
    data = read(file["path"])
    end = data.rindex(b"\x00") + 1

    assert "iClose" in data[2:end].decode("utf-16-le")
    assert "void OnTick()" in data[end:].decode("ascii")


def test_a_file_has_line_ends_of_old_macs() -> None:
    (file,) = with_form("cr-lines")

    assert read(file["path"]).count(b"\r") > 40
    assert b"\n" not in read(file["path"])


def test_a_file_was_left_in_the_middle_of_a_merge() -> None:
    (file,) = with_form("merge-conflict")
    starts = Counter(line[:8] for line in read(file["path"]).splitlines())

    assert starts[b"<<<<<<< "] == starts[b"======="] == starts[b">>>>>>> "] > 1


def test_exact_copies_and_no_others_have_the_same_bytes() -> None:
    listed = {frozenset(pair) for pair in pairs("exact")}
    equal = {
        frozenset((one["path"], two["path"]))
        for one, two in itertools.combinations(FILES, 2)
        if read(one["path"]) == read(two["path"])
    }

    assert listed == equal
    assert listed


def test_the_same_code_differs_in_encoding_comments_and_line_ends() -> None:
    ((one, two),) = pairs("same_code")

    assert code_tokens(one) == code_tokens(two)
    assert text_of(one) != text_of(two)
    assert ("\r\n" in text_of(one)) != ("\r\n" in text_of(two))


def test_near_copies_share_most_of_their_tokens() -> None:
    ((one, two),) = pairs("near")

    assert NEAR <= likeness(one, two) < 1.0
