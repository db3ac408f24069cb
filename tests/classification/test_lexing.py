"""Comments and strings leave the code; names, lines and evidence come from it."""

import pytest

from orquestrador.classification.lexing import lex

SOURCE = """#property copyright "Someone // me"
// a comment with "quotes"
/* two
   lines */ int start() { return('"'); } // start
"""


def test_code_has_the_length_of_the_text_and_the_same_line_ends():
    source = lex(SOURCE.replace("\n", "\r\n"), "mql")

    assert len(source.code) == len(source.text)
    ends = [at for at, each in enumerate(source.text) if each in "\r\n"]
    assert [at for at, each in enumerate(source.code) if each in "\r\n"] == ends


def test_comments_and_insides_of_strings_are_spaces_in_the_code():
    code = lex(SOURCE, "mql").code

    assert code.split() == [
        *("#property", "copyright", '"', '"'),
        *("int", "start()", "{", "return('", "');", "}"),
    ]


def test_comments_and_strings_are_found_in_the_text():
    source = lex(SOURCE, "mql")

    strings = [source.text[start:end] for start, end in source.strings]
    comments = [source.text[start:end] for start, end in source.comments]
    assert strings == ["Someone // me", '"']
    assert comments == ['// a comment with "quotes"', "/* two\n   lines */", "// start"]


def test_an_escaped_quote_does_not_end_a_string():
    source = lex(r'a = "x\"y\\"; b = 1;', "mql")

    assert source.code == r'a = "      "; b = 1;'


def test_a_string_left_open_ends_with_its_line():
    source = lex('a = "open\nb = "closed";', "mql")

    assert source.code == 'a = "    \nb = "      ";'
    assert source.truncated is None


def test_pine_knows_no_block_comments_and_has_names_with_dots():
    source = lex("x = ta.rsi(close, 14) / 2 /* y */\n// 'z'\nplot(x, 'rsi')", "pine")

    assert set(source.counts) == {"x", "ta.rsi", "close", "y", "plot"}


@pytest.mark.parametrize(
    ("text", "truncated"),
    [
        ("int a; /* never", "comment"),
        ("int a; /*/", "comment"),
        ("int a; /* closed */", None),
        ('string a = "never', "string"),
        ('string a = "closed"', None),
        ('string a = "', "string"),
        ("void OnTick() { if(a) {", "block"),
        ("void OnTick() { }", None),
        ("#ifdef A\nif(a) {\n#else\nif(b) {\n#endif\n}", None),
    ],
)
def test_what_the_end_of_the_file_cuts_off_is_named(text: str, truncated: str | None):
    assert lex(text, "mql").truncated == truncated


def test_names_are_counted_and_stand_at_their_first_occurrence():
    source = lex("int MyAsk = 0x1F; // Ask\ndouble p = Ask + Ask;", "mql")

    assert source.counts["Ask"] == 2
    assert source.names["Ask"] == source.text.index("Ask +")
    assert "x1F" not in source.names
    assert "Bid" not in source.names
    with pytest.raises(KeyError):
        source.names["Bid"]


def test_names_outside_ascii_are_names():
    source = lex("int größe = 1; int größer = 2;", "mql")

    assert source.names["größe"] == 4
    assert source.counts["größer"] == 1


def test_a_pine_name_is_not_found_inside_a_longer_one():
    source = lex("a = my.ta.rsi\nb = ta.rsi(close, 9)", "pine")

    assert source.names["ta.rsi"] == source.text.index("ta.rsi(")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_are_numbered_whatever_ends_them(end: str):
    source = lex(end.join(["one", "", "three", "four"]), "mql")

    for number, word in ((1, "one"), (3, "three"), (4, "four")):
        start = source.text.index(word)
        assert source.line(start) == source.line(start + len(word) - 1) == number
        assert source.line_text(number) == word


def test_mixed_line_ends_are_numbered_one_by_one():
    source = lex("a\rb\r\nc\nd", "mql")

    assert [source.line(source.text.index(each)) for each in "abcd"] == [1, 2, 3, 4]


def test_the_end_of_the_text_lies_on_the_last_line():
    source = lex("a\nb\n", "mql")

    assert source.line(len(source.text)) == 3
    assert lex("", "mql").line(0) == 1


def test_evidence_is_the_trimmed_line_of_the_text():
    source = lex('a;\n\t Print( "hello" ); \nb;', "mql")

    evidence = source.evidence("some.rule", source.text.index("Print"))

    assert (evidence.rule, evidence.line) == ("some.rule", 2)
    assert evidence.text == 'Print( "hello" );'


def test_evidence_from_a_long_line_shows_the_place():
    source = lex("x" * 5000 + " NEEDLE " + "y" * 5000, "mql")

    text = source.evidence("r", source.text.index("NEEDLE")).text

    assert len(text) <= 240
    assert "NEEDLE" in text
    assert text.startswith("…")
    assert text.endswith("…")
