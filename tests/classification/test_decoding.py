"""Bytes become text whatever they are, and what is no text is named."""

import pytest

from orquestrador.classification.decoding import decode

CODE = 'int start()\n{\n   Print("preço");\n   return(0);\n}\n'
PLAIN = 'int start()\n{\n   Print("price");\n   return(0);\n}\n' * 3
RUSSIAN = "// Стоп-лосс в пунктах от цены открытия позиции\nextern int SL = 30;\n"
JAPANESE = "// ストップロスをポイントで指定します\ninput int sl = 30;\n"
CHINESE = "// 止损的点数、是在开仓的时候设置\ninput int sl = 30;\n"
TAIWANESE = "// 止損的點數、是在開倉的時候設置\ninput int sl = 30;\n"
KOREAN = "// 손절매 가격을 포인트로 지정하는 값이다\ninput int sl = 30;\n"


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (PLAIN.encode(), "ascii"),
        (CODE.encode(), "utf-8"),
        (b"\xef\xbb\xbf" + CODE.encode(), "utf-8-sig"),
        (b"\xff\xfe" + CODE.encode("utf-16-le"), "utf-16-le"),
        (b"\xfe\xff" + CODE.encode("utf-16-be"), "utf-16-be"),
        (CODE.encode("utf-16-le"), "utf-16-le"),
        (CODE.encode("utf-16-be"), "utf-16-be"),
        (b"\xef\xbf\xbd\xef\xbf\xbd" + CODE.encode("utf-16-le"), "utf-16-le"),
        (CODE.encode("cp1252"), "cp1252"),
    ],
)
def test_each_way_of_writing_the_same_code_is_read(data: bytes, encoding: str):
    decoded = decode(data)

    assert decoded.encoding == encoding
    assert decoded.text in {CODE, PLAIN}
    assert decoded.problem is None


@pytest.mark.parametrize(
    ("text", "codec"),
    [
        (RUSSIAN, "cp1251"),
        (RUSSIAN, "koi8-r"),
        (RUSSIAN, "cp866"),
        (JAPANESE, "cp932"),
        (JAPANESE, "euc-jp"),
        (CHINESE, "gb18030"),
        (TAIWANESE, "big5"),
        (KOREAN, "cp949"),
    ],
)
def test_a_code_page_is_recognised_by_what_the_text_says(text: str, codec: str):
    decoded = decode(text.encode(codec))

    assert (decoded.encoding, decoded.text) == (codec, text)


def test_a_lone_copyright_sign_is_western():
    decoded = decode(b'#property copyright "Copyright \xa9 2012, X"\n')

    assert decoded.encoding == "cp1252"
    assert "Copyright © 2012" in decoded.text


def test_utf8_with_a_broken_character_stays_utf8():
    data = RUSSIAN.encode()[:9] + b"\xd0" + RUSSIAN.encode()[9:]

    decoded = decode(data)

    assert decoded.encoding == "utf-8"
    assert decoded.text.count("\ufffd") == 1


def test_a_file_half_utf16_half_ascii_is_read_to_its_end():
    data = b"\xff\xfe" + PLAIN.encode("utf-16-le") + PLAIN.encode()

    assert decode(data).text == PLAIN + PLAIN


def test_a_file_that_begins_ascii_and_goes_on_in_utf16_is_read_to_its_end():
    data = PLAIN.encode() + CODE.encode("utf-16-le")

    assert decode(data).text == PLAIN + CODE


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "empty"),
        (b"\xff\xfe", "empty"),
        (b" \r\n\r\n", "empty"),
        (b"\x00" * 4096, "empty (only NUL bytes)"),
        (b"PK\x03\x04\x14\x00\x00\x00\x08\x00xyz", "archive (zip)"),
        (b"Rar!\x1a\x07\x01\x00+iV\x1f", "archive (rar)"),
        (b"7z\xbc\xaf\x27\x1c\x00\x04", "archive (7z)"),
        (b"\x1f\x8b\x08\x00abc", "archive (gzip)"),
        (b"\x1f\x8b\x08\x08\x9f\x9e\x9d", "archive (gzip)"),
        (b"EX-\x02p\x00\xd9\x04\x00\x00", "compiled program (ex4)"),
        (b"EX5\x04q\x00\x95\x0e\x00\x04", "compiled program (ex5)"),
        (b"MZ\x90\x00\x03\x00\x00\x00", "compiled program (exe)"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "picture (png)"),
        (b"\n<!DOCTYPE html>\n<html><body>start()</body></html>", "web page"),
        (bytes(range(1, 256)) * 9, "binary"),
        (bytes(range(256)) * 9, "binary"),
    ],
)
def test_what_is_no_source_is_named(data: bytes, problem: str):
    assert decode(data).problem == problem


def test_text_that_only_begins_like_a_program_is_text():
    assert decode(b"MZ = 3\nBMW = 4\n").problem is None


def test_nul_padding_after_the_code_is_left_out():
    assert decode(PLAIN.encode() + b"\x00" * 700).text == PLAIN


def test_a_lone_surrogate_becomes_a_replacement_character():
    data = b"\xff\xfe" + "int a;".encode("utf-16-le") + b"\x00\xd8;\x00"

    assert decode(data).text == "int a;\ufffd;"


def test_an_odd_last_byte_of_utf16_is_left_out():
    assert decode(b"\xff\xfe" + CODE.encode("utf-16-le") + b"\n").text == CODE
