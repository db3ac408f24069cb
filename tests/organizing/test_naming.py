"""Names by the convention; a name that follows it stays as it is."""

from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from orquestrador.config import default_settings
from orquestrador.errors import SettingsError
from orquestrador.messages import Facts, PropFirm
from orquestrador.messages.record import Record, unknown_record
from orquestrador.organizing.fields import fields_of, reason_to_leave
from orquestrador.organizing.template import FolderTemplate, NameTemplate
from orquestrador.sameness import cleaning

ORGANIZE = default_settings().organize
NAMES = NameTemplate(ORGANIZE.name)
FOLDERS = FolderTemplate(ORGANIZE.folder)


def record(**changes: Any) -> Record:
    base = unknown_record(
        sha256="a" * 64, size=1, reason="", level="full", classifier="1"
    )
    told: dict[str, Any] = {
        "language": "mql4",
        "kind": "expert",
        "primary": "grid",
        "reason": None,
        "symbols": (),
        "facts": Facts(),
        **changes,
    }
    return base.replace(**told)


def place(raw: str | bytes, **changes: Any) -> str:
    raw = raw.encode() if isinstance(raw, str) else raw
    fields = fields_of(record(**changes), raw, NAMES)
    name = NAMES.render(fields.named(), fields.number) + fields.suffix
    return f"{FOLDERS.render(fields.named())}/{name}"


@pytest.mark.parametrize(
    ("raw", "changes", "wanted"),
    [
        ("Gold Grid.mq4", {}, "MQL4_Source/EAs/Grid/EA_Gold_Grid_v1.0_MULTI.mq4"),
        (
            "x/Gold Grid v2.3 - Copy (2).MQ4",
            {"symbols": ("XAUUSD",)},
            "MQL4_Source/EAs/Grid/EA_Gold_Grid_v2.3_XAUUSD.mq4",
        ),
        (
            "MACD_4in1_v2.mq5",
            {"language": "mql5", "kind": "indicator", "primary": "momentum"},
            "MQL5_Source/Indicators/Momentum/IND_MACD_4in1_v2.0_MULTI.mq5",
        ),
        (
            "a.pine",
            {"language": "pine", "kind": "strategy", "primary": None},
            "TradingView_Scripts/Pine_Script_Source/Strategies/Others/STR_a_v1.0_MULTI.pine",
        ),
        (
            "Trade.mqh",
            {"language": "mql", "kind": "include", "primary": None},
            "MQL4_Source/Include/INC_Trade_v1.0_MULTI.mqh",
        ),
        (
            "MQL5/Include/Trade.mqh",
            {"language": "mql", "kind": "include"},
            "MQL5_Source/Include/INC_Trade_v1.0_MULTI.mqh",
        ),
        (
            "close all.mq4",
            {"kind": "script", "primary": "trade_management"},
            "MQL4_Source/Scripts/SCR_close_all_v1.0_MULTI.mq4",
        ),
        (
            "Robo.txt",
            {"facts": Facts(version='"1.05";')},
            "MQL4_Source/EAs/Grid/EA_Robo_v1.05_MULTI.mq4",
        ),
        (
            b"Estrat\xe9gia.mq4",
            {},
            "MQL4_Source/EAs/Grid/EA_Estrat\xe9gia_v1.0_MULTI.mq4",
        ),
        (
            "12345.mq4",
            {"facts": Facts(name="Trend Rider v3")},
            "MQL4_Source/EAs/Grid/EA_Trend_Rider_v1.0_MULTI.mq4",
        ),
        (
            "EURUSD Scalper.mq4",
            {},
            "MQL4_Source/EAs/Grid/EA_Scalper_v1.0_EURUSD.mq4",
        ),
        (
            "Basket.mq4",
            {"symbols": ("EURUSD", "GBPJPY")},
            "MQL4_Source/EAs/Grid/EA_Basket_v1.0_FOREX.mq4",
        ),
        (
            "EA_Old_v1.0_GOLD.mq4",
            {"primary": "smc_ict"},
            "MQL4_Source/EAs/SMC_ICT/EA_Old_v1.0_XAUUSD.mq4",
        ),
    ],
)
def test_a_file_gets_its_name_and_folder(
    raw: str | bytes, changes: dict[str, Any], wanted: str
) -> None:
    assert place(raw, **changes) == wanted


def test_ready_experts_have_a_folder_of_their_own() -> None:
    ready = PropFirm(profile="ftmo", version="1", score=90, level="ready")
    judged = ready.replace(level="unsuitable")

    assert place("a.mq4", prop_firm=ready).startswith("MQL4_Source/EAs/FTMO_Ready/")
    assert "FTMO_Ready" not in place("FTMO_Ready/a.mq4", prop_firm=judged)
    assert "FTMO_Ready" in place("FTMO_Ready/a.mq4", prop_firm=None)
    assert "FTMO_Ready" not in place("FTMO_Ready/a.mq4", kind="indicator")


def test_what_is_unknown_stays_with_its_reason() -> None:
    unknown = record(language="unknown", kind="unknown", reason="web page")

    assert reason_to_leave(unknown) == "web page"
    assert reason_to_leave(record()) is None


PIECES = st.text(
    st.characters(codec="utf-8", exclude_characters="/\0"), min_size=1, max_size=6
) | st.sampled_from(
    [*"vV_-. ()@", "12", "EA", "v1", "v2.3", "1.5", " - Copy", "(2)", "EURUSD", "Gold"]
)
STEMS = st.lists(PIECES, min_size=1, max_size=8).map("".join)


@settings(deadline=None)
@given(stem=STEMS, market=st.sampled_from([None, "EURUSD", "XAUUSD"]))
def test_a_clean_name_stays_as_it_is(stem: str, market: str | None) -> None:
    once = cleaning.clean(stem, market)

    assert cleaning.clean(once, market) == once
    assert len(once.encode()) <= 160


@settings(deadline=None)
@example(stem="V0:V1", version=None, symbols=(), title=None)
@given(
    stem=STEMS,
    version=st.sampled_from([None, "1.00", "2.10", "x", "3"]),
    symbols=st.sampled_from([(), ("EURUSD",), ("XAUUSD", "XAGUSD"), ("GOLD",)]),
    title=st.none() | STEMS,
)
def test_a_name_of_the_convention_stays_as_it_is(
    stem: str, version: str | None, symbols: tuple[str, ...], title: str | None
) -> None:
    known = {"facts": Facts(version=version, name=title), "symbols": symbols}
    once = place(f"x/{stem}.mq4", **known)

    assert place(once, **known) == once
    assert NAMES.parse(once.rpartition("/")[2].removesuffix(".mq4")) is not None


@pytest.mark.parametrize(
    "template",
    ["{name", "{nome}", "x", "{name}{version}", "{name}/{market}", "{name:>9}", "../"],
)
def test_a_template_that_cannot_work_is_refused(template: str) -> None:
    with pytest.raises(SettingsError, match=r"organize\.name"):
        NameTemplate(template)
    with pytest.raises(SettingsError):
        default_settings({"organize": {"name": template}})


@pytest.mark.parametrize("template", ["/{kind}", "../{kind}", "{name}", "a", "{kind}|"])
def test_a_folder_that_cannot_work_is_refused(template: str) -> None:
    with pytest.raises(SettingsError):
        default_settings({"organize": {"folder": template}})


def test_another_template_makes_other_names() -> None:
    names = NameTemplate("{name} [{market}]")
    fields = fields_of(record(), b"EA_Gold Grid.mq4", names)

    assert names.render(fields.named(), None) == "Gold_Grid [MULTI]"
    assert names.render(fields.named(), 3) == "Gold_Grid-3 [MULTI]"
    parsed = names.parse("Gold_Grid-3 [MULTI]")
    assert parsed is not None
    assert (parsed.name, parsed.number, parsed.market) == ("Gold_Grid", 3, "MULTI")
