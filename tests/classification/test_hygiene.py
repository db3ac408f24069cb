"""Locks, credentials and other things to know before running a source."""

from collections.abc import Callable

import pytest

from orquestrador.classification.rules import Labels
from orquestrador.messages import Label

MakeLabels = Callable[..., Labels]


KEY = "9f86d081884c7d659a2feaa0"

ACCOUNTS = """
long ids[] = {7654321, 7654322};
bool Allowed() {
   long id = AccountInfoInteger(ACCOUNT_LOGIN);
   for (int i = 0; i < 2; i++) if (ids[i] == id) return true;
   return false;
}
void OnTick() { if (!Allowed()) return; }
"""


def _hygiene(labels: Labels) -> dict[str, Label]:
    return {each.label: each for each in labels.hygiene}


def test_a_credential_is_masked_wherever_its_line_is_shown(labels: MakeLabels):
    text = f"""
string api_key = "{KEY}";
void OnTick() {{ WebRequest("GET", "https://x.example", "{KEY}", "", 5, a, 0, b, c); }}
"""
    found = _hygiene(labels(text))

    assert {"secret", "web_request"} <= set(found)
    shown = [piece.text for label in found.values() for piece in label.evidence]
    assert not any(KEY in each for each in shown)
    assert all("•••" in each for each in shown)


@pytest.mark.parametrize(
    "literal", ["YOUR_API_KEY", "", "https://x.example", "token-here", "abcdef"]
)
def test_a_placeholder_is_no_credential(literal: str, labels: MakeLabels):
    assert "secret" not in _hygiene(labels(f'string api_key = "{literal}";'))


def test_the_shape_of_a_well_known_key_is_enough(labels: MakeLabels):
    token = "123456789:" + "Ab3_" * 9
    found = _hygiene(labels(f'void OnTick() {{ Send("{token}"); }}'))

    assert "secret" in found


def test_an_expiry_is_a_day_not_an_hour_of_every_day(labels: MakeLabels):
    day = 'void OnTick() { if (TimeCurrent() > StrToTime("2024.08.11")) return; }'
    hour = day.replace("2024.08.11", "22:00")

    assert "expiry_lock" in _hygiene(labels(day))
    assert "expiry_lock" not in _hygiene(labels(hour))


def test_an_expiry_is_found_through_a_variable(labels: MakeLabels):
    text = """
datetime last = D'2023.01.31';
void OnTick() { if (TimeCurrent() >= last) return; }
"""
    assert "expiry_lock" in _hygiene(labels(text))


def test_an_account_lock_needs_a_number_of_an_account(labels: MakeLabels):
    text = (
        "int owner = 7654321;\nint OnInit() { if (AccountNumber() != owner) return 1; }"
    )

    assert "account_lock" in _hygiene(labels(text))
    assert "account_lock" not in _hygiene(labels(text.replace("7654321", "0")))


def test_the_end_of_the_file_is_the_evidence_of_a_truncated_one(labels: MakeLabels):
    (piece,) = _hygiene(labels("int a;\nvoid OnTick() {\n"))["truncated"].evidence

    assert piece.line == 2


@pytest.mark.parametrize(
    "text",
    [
        ACCOUNTS,
        "int OnInit() { switch (AccountNumber()) { case 7654321: return 0; } }",
        'void OnTick() { string who = AccountName(); if (who != "A. Nother") return; }',
    ],
)
def test_an_account_lock_is_found_through_variables(text: str, labels: MakeLabels):
    assert "account_lock" in _hygiene(labels(text))


@pytest.mark.parametrize(
    "text",
    [
        "void OnTick() { int last = AccountNumber(); if (last != seen) Reset(); }",
        "void OnTick() { string who = AccountName(); Print(who); }",
    ],
)
def test_an_account_that_only_changed_is_no_lock(text: str, labels: MakeLabels):
    assert "account_lock" not in _hygiene(labels(text))


def test_a_year_written_into_the_source_is_an_expiry(labels: MakeLabels):
    year = "void OnTick() { if (TimeYear(TimeCurrent()) > 2019) return; }"

    assert "expiry_lock" in _hygiene(labels(year))
    assert "expiry_lock" not in _hygiene(labels(year.replace("2019", "limit")))


def test_a_date_that_the_user_sets_is_no_expiry(labels: MakeLabels):
    text = """input datetime last = D'2023.01.31';
void OnTick() { if (TimeCurrent() > last) return; }
"""

    assert "expiry_lock" not in _hygiene(labels(text))
    assert "expiry_lock" in _hygiene(labels(text.removeprefix("input ")))


def test_an_hour_that_is_counted_from_the_epoch_is_no_expiry(labels: MakeLabels):
    text = (
        'void OnTick() { datetime last = today + StringToTime("1970.01.01 " + Hour);'
        " if (TimeCurrent() > last) return; }"
    )
    assert "expiry_lock" not in _hygiene(labels(text))


def test_a_credential_that_was_commented_out_is_still_there(labels: MakeLabels):
    found = _hygiene(labels(f'void OnTick() {{ }}\n//string token = "{KEY}";'))

    assert [each.line for each in found["secret"].evidence] == [2]
    assert KEY not in found["secret"].evidence[0].text


@pytest.mark.parametrize(
    "line",
    [
        'input string InpPass = "orchid";',
        'input string LicenseKey = "ORCHID";',
        f'#define BOT_TOKEN "{KEY}"',
        "input long chat_id = -1001234567890;",
        "bool Open(int password) { return password != 445566; }",
        f'string address = "https://api.example.org/rates?apikey={KEY}";',
        f'string header = "Authorization: Bearer {KEY}";',
    ],
)
def test_a_credential_has_many_forms_and_is_masked_in_each(
    line: str, labels: MakeLabels
):
    secret = _hygiene(labels(line))["secret"]

    assert "•••" in secret.evidence[0].text


def test_a_webhooks_password_in_a_pine_script_is_a_credential(labels: MakeLabels):
    text = 'strategy("x")\nphrase = 1\npassphrase = input.string("orchid_9", "P")\n'

    assert "secret" in _hygiene(labels(text, "pine"))


@pytest.mark.parametrize(
    "line",
    [
        'if (key == "BreakEven") Move();',
        'string passed = "Passed";',
        "int MaxPasses = 50000;",
        "int licenseKey = 0;",
        'input string Password = "password";',
        'string address = "https://example.org/list?key=rates";',
    ],
)
def test_what_only_sounds_like_a_credential_is_none(line: str, labels: MakeLabels):
    assert "secret" not in _hygiene(labels(line))


@pytest.mark.parametrize(
    "text",
    [
        'void Never() { WebRequest("GET", a, "", "", 5, b, 0, c, d); }',
        '#import "wininet.dll"\nint InternetOpenW(string a, int b);\n#import',
        "#include <Tools\\Telegram.mqh>",
        """void Show(string file) { ShellExecuteW(0, "", file, "", "", 1); }
void OnInit() { Show("https://example.org"); }""",
        'void OnInit() { Get("https://api.example.org/rates"); }',
        """input string Page = "https://example.org";
void OnInit() { ShellExecuteW(0, "", Page, "", "", 1); }""",
    ],
)
def test_the_network_is_reached_in_many_ways(text: str, labels: MakeLabels):
    assert "web_request" in _hygiene(labels(f"{text}\nvoid OnTick() {{ }}"))


def test_the_key_of_a_cipher_is_a_credential(labels: MakeLabels):
    text = 'string Cipher_Key = "ORCHID"; void OnTick() { %s(CRYPT_DES, a, b, c); }'

    assert "secret" in _hygiene(labels(text % "CryptDecode"))
    assert "secret" not in _hygiene(labels(text % "Draw"))


@pytest.mark.parametrize(
    "names",
    [
        "zong_1_do zong_2_in zong_3_st tmp_do_1 tmp_in_2 Local_2_bo",
        "gd_532 gd_540 a_cmd_0 lots_32 price_24 color_8",
    ],
)
def test_the_names_of_other_decompilers_are_known(names: str, labels: MakeLabels):
    text = "void OnTick() { f(%s); }"
    few = " ".join(names.split()[2:])

    assert "decompiled" in _hygiene(labels(text % names.replace(" ", ", ")))
    assert "decompiled" not in _hygiene(labels(text % few.replace(" ", ", ")))


def test_numbered_names_of_a_persons_making_are_no_decompilers(labels: MakeLabels):
    names = "level_4, level_8, level_12, price_4, price_8, price_16, price_20"

    assert "decompiled" not in _hygiene(labels(f"void OnTick() {{ f({names}); }}"))


@pytest.mark.parametrize(
    ("head", "label"),
    [
        ("//|  Generated by StrategyQuant at 04/17/2021 |", "generated"),
        ('#property copyright "Created with EABuilder.com"', "generated"),
        ("//| Automatically Generated from Indicator |", "generated"),
        ("// Generated by EX4-TO-MQ4 decompiler", "decompiled"),
        ("// Generated by ChatGPT", None),
        ("// Levels are generated by the pivots of yesterday", None),
    ],
)
def test_who_signs_a_source_made_it(head: str, label: str | None, labels: MakeLabels):
    found = _hygiene(labels(head + "\nvoid OnTick() { f(); }"))

    assert [*found] == ([] if label is None else [label])


def test_an_order_comment_is_no_signature(labels: MakeLabels):
    text = 'void OnTick() { Send("Generated by StrategyQuant"); }'

    assert "generated" not in _hygiene(labels(text))


@pytest.mark.parametrize(
    "text",
    [
        "datetime day = D'3000.01.3'; void OnTick() { if (day < TimeCurrent()) X(); }",
        "#define LAST D'2023.01.31'\nvoid OnTick() { if (TimeGMT() > LAST) return; }",
        (
            "datetime last = D'2023.01.31';"
            " void OnTick() { bool fine = (last - TimeCurrent()) >= 0; Go(fine); }"
        ),
        (
            'string day = "2023.01.31"; void OnTick() {'
            " datetime now = TimeLocal(), end = StrToTime(day); if (now > end) X(); }"
        ),
        (
            'void OnTick() { if (!Fine("2023.01.31 23:59")) return; }'
            " bool Fine(string day) { return TimeCurrent() <= StrToTime(day); }"
        ),
        "void OnTick() { if (TimeCurrent() > __DATETIME__ + 30 * 86400) return; }",
        "int last = 2023; void OnTick() { if (Year() > last) return; }",
        "void OnTick() { if (1672531200 < TimeCurrent()) ExpertRemove(); }",
    ],
)
def test_an_expiry_is_found_however_the_day_comes(text: str, labels: MakeLabels):
    assert "expiry_lock" in _hygiene(labels(text))


@pytest.mark.parametrize(
    "text",
    [
        "void OnTick() { if (TimeCurrent() < D'2023.01.31') return; Go(); }",
        "input int from = 2015; void OnTick() { if (Year() < from) return; }",
        (
            "datetime last = D'2023.01.31'; void OnTick() {"
            " if (TimeCurrent() - last > 60) last = TimeCurrent(); }"
        ),
        (
            "datetime summer[] = {D'2023.03.26'}; void OnTick() {"
            " if (TimeCurrent() > summer[0]) shift = 1; }"
        ),
        "void OnTick() { if (TimeCurrent() > last) Go(); } // '2023.01.31'",
        (
            "datetime day = D'2023.01.31' - D'2023.01.30'; void OnTick() {"
            " if (TimeCurrent() - seen > day) Go(); }"
        ),
        "void OnTick() { if (TimeYear(TimeCurrent()) >= 2007) shift = 1; }",
    ],
)
def test_a_day_that_ends_nothing_is_no_expiry(text: str, labels: MakeLabels):
    assert "expiry_lock" not in _hygiene(labels(text))


@pytest.mark.parametrize(
    "text",
    [
        "int mine = 7654321; void OnTick() { if (mine != AccountNumber()) return; }",
        (
            "long mine = list[0] = 7654321;"
            " void OnTick() { if (AccountNumber() == mine) Go(); }"
        ),
    ],
)
def test_an_account_lock_is_found_whichever_side_the_number_is_on(
    text: str, labels: MakeLabels
):
    assert "account_lock" in _hygiene(labels(text))
