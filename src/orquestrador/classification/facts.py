"""What a source says about itself: properties, inputs, includes, functions.

Everything here reads the code of a `Source` once; lists are cut at `MAX_FACTS`
entries and texts at `MAX_TEXT` characters, so that a hostile file stays small.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import NamedTuple

from orquestrador.classification.lexing import Source
from orquestrador.classification.program import arguments
from orquestrador.messages import Facts, Input

MAX_FACTS = 500
MAX_TEXT = 300
MAX_DESCRIPTION = 1_000
HEADER_CHARACTERS = 4_000
"""Where a comment may stand that names the program and its author."""

DIRECTIVE = re.compile(r"#[ \t]{0,9}(property|include|import)\b[ \t]*([^\r\n]*)")
# What stands after a text's end, such as a decompiler's `;`, is not its value.
PROPERTY = re.compile(r"(\w+)[ \t]*(?:\"([^\"]*)\"|(.*))", re.DOTALL)
INPUT_WORDS = ("input", "sinput", "extern")
INPUT = re.compile(
    r"\w+\s+(?:static\s+|const\s+)?(?!group\b)"
    r"([A-Za-z_]\w*)\s+([A-Za-z_][^;{}]{0,2000});"
)
DECLARATOR = re.compile(r"\s*(\w+)\s*(?:\[[^\]]*\]\s*)*(?:=(.*))?", re.DOTALL)
BODY = re.compile(r"\)\s*+(?:const\b\s*|override\b\s*|export\b\s*)*+\{")
WORD = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789:~"
NO_FUNCTION = frozenset({"if", "for", "while", "switch", "catch", "return", "else"})
NO_TYPE = frozenset({"else", "return", "new", "case", "do", "and", "or", "not"})
MAX_PARAMETERS = 3_000
"""Characters between the parentheses of a function that is recognised."""

INDICATORS = frozenset(
    {"iAC", "iAD", "iADX", "iADXWilder", "iAlligator", "iAMA", "iAO", "iATR", "iBands"}
    | {"iBearsPower", "iBullsPower", "iBWMFI", "iCCI", "iChaikin", "iCustom", "iDEMA"}
    | {"iDeMarker", "iEnvelopes", "iForce", "iFractals", "iFrAMA", "iGator", "iMA"}
    | {"iIchimoku", "iMACD", "iMFI", "iMomentum", "iOBV", "iOsMA", "iRSI", "iRVI"}
    | {"iSAR", "iStdDev", "iStochastic", "iTEMA", "iTriX", "iVIDyA", "iVolumes", "iWPR"}
    | {"iMAOnArray", "iRSIOnArray", "iBandsOnArray", "iCCIOnArray", "iStdDevOnArray"}
    | {"iMomentumOnArray", "iEnvelopesOnArray"}
)
QUOTED = re.compile(r"\"([^\"\r\n]{1,200})\"")
NUMBER = re.compile(r"\d{1,18}")
# Blanked comments are long runs of spaces: two unbounded ones would be quadratic.
MAGIC = re.compile(r"[ \t]{0,40}(?:[=(][ \t]{0,40})?(\d{1,18})(?![\w.])")

FILE_SUFFIX = re.compile(r"\.(?:mq[45h]|ex[45])\b")
NO_FILE_NAME = re.compile(r"[/\\|*\r\n]")
COPYRIGHT = re.compile(r"(?:[Cc]opyright|COPYRIGHT|\([Cc]\)|©)[^\r\n|*]{0,200}")
URL = re.compile(r"(?:https?://|www\.)[^\s|*\"'<>]{3,200}")

PINE_HEAD = re.compile(r"\b(?:indicator|study|strategy|library)\s*\(")
PINE_INPUT = re.compile(
    r"(?:^|\n)[ \t]*(?:var\s+|const\s+)?(?:(?:int|float|bool|string|color)\s+)?"
    r"([A-Za-z_]\w*)[ \t]*=[ \t]*input(?:\.(\w+))?[ \t]*\("
)
PINE_FUNCTION = re.compile(
    r"(?:^|\n)[ \t]*(?:export[ \t]+)?(?:method[ \t]+)?([A-Za-z_]\w*)"
    r"[ \t]*\([^()\n]{0,500}\)[ \t]*=>"
)
PINE_IMPORT = re.compile(r"(?:^|\n)[ \t]*import[ \t]+([\w./]{3,200})")
PINE_AUTHOR = re.compile(r"©[ \t]*([^\r\n,]{1,100})")
PINE_OLD = frozenset(
    {"sma", "ema", "wma", "vwma", "rma", "hma", "alma", "rsi", "macd", "stoch", "cci"}
    | {"atr", "adx", "dmi", "bb", "kc", "mfi", "obv", "sar", "supertrend", "tr", "vwap"}
    | {"mom", "roc", "stdev", "linreg", "wpr", "crossover", "crossunder", "highest"}
    | {"lowest", "pivothigh", "pivotlow", "security"}
)
"""Built-in functions of the versions before `ta.`."""


class Directive(NamedTuple):
    """A line for the preprocessor."""

    word: str
    value: str
    """As written, without a comment behind it."""

    offset: int


def directives(source: Source) -> list[Directive]:
    """Return the properties, includes and imports, in order."""
    found: list[Directive] = []
    for line in islice(DIRECTIVE.finditer(source.code), 4 * MAX_FACTS):
        start = line.start(2)
        # The code is blank where a comment stands: what is left is the value.
        end = start + len(line[2].rstrip())
        value = source.text[start : min(end, start + 2 * MAX_TEXT)]
        found.append(Directive(line[1], value, line.start()))
    return found


def collect_facts(source: Source) -> Facts:
    """Return what the source says about itself."""
    return _pine_facts(source) if source.syntax == "pine" else _mql_facts(source)


def _mql_facts(source: Source) -> Facts:
    lines = directives(source)
    properties = _properties(lines)
    header = _header(source)
    return Facts(
        name=_file_name(header),
        version=_one(properties.get("version")),
        author=_one(properties.get("copyright")) or _first_match(COPYRIGHT, header),
        link=_one(properties.get("link")) or _first_match(URL, header),
        description=_joined(properties.get("description", [])),
        inputs=tuple(islice(_mql_inputs(source), MAX_FACTS)),
        includes=_unique(_path(each.value) for each in lines if each.word == "include"),
        imports=_unique(_path(each.value) for each in lines if each.word == "import"),
        indicators_used=_unique(_mql_indicators(source)),
        functions=_unique(_functions(source)),
        magic_numbers=_magic_numbers(source),
    )


def _properties(lines: Iterable[Directive]) -> dict[str, list[str]]:
    properties: dict[str, list[str]] = {}
    for line in lines:
        match = PROPERTY.match(line.value) if line.word == "property" else None
        if match:
            text = match[3] if match[2] is None else match[2]
            value = text.strip().strip('"').strip()
            properties.setdefault(match[1], []).append(value)
    return properties


def _header(source: Source) -> str:
    """Return the comments at the head of the file."""
    text = source.text
    spans = source.comments[:40]
    return "\n".join(
        text[start:end] for start, end in spans if end < HEADER_CHARACTERS
    )[:HEADER_CHARACTERS]


def _file_name(header: str) -> str | None:
    """Return the file name that the comment at the head gives, without its suffix."""
    suffix = FILE_SUFFIX.search(header)
    if not suffix:
        return None
    before = header[max(0, suffix.start() - MAX_TEXT) : suffix.start()]
    return _clip(NO_FILE_NAME.split(before)[-1]) or None


def _one(values: list[str] | None) -> str | None:
    return _clip(values[0]) or None if values else None


def _joined(values: list[str]) -> str | None:
    text = "\n".join(value for value in values if value)
    return text[:MAX_DESCRIPTION] or None


def _clip(text: str) -> str:
    return " ".join(text[: 4 * MAX_TEXT].split())[:MAX_TEXT]


def _first_match(pattern: re.Pattern[str], text: str) -> str | None:
    match = pattern.search(text)
    return _clip(match[0]) or None if match else None


def _first_group(pattern: re.Pattern[str], text: str) -> str | None:
    match = pattern.search(text)
    return _clip(match[1]) or None if match else None


def _unique(values: Iterable[str]) -> tuple[str, ...]:
    """Return the first `MAX_FACTS` different values, in order."""
    kept = dict.fromkeys(filter(None, values))
    return tuple(islice(kept, MAX_FACTS))


def _path(value: str) -> str:
    return _clip(value.strip().strip('<>"').strip())


def _mql_inputs(source: Source) -> Iterator[Input]:
    words = [word for word in INPUT_WORDS if word in source.counts]
    places = [at for word in words for at in source.offsets(word, 2 * MAX_FACTS)]
    for place in sorted(places):
        declared = INPUT.match(source.code, place)
        if declared:
            yield from _declared(source, declared)


def _declared(source: Source, declared: re.Match[str]) -> Iterator[Input]:
    """Yield the inputs of one statement, which may declare several."""
    comment = _comment_behind(source, declared.end())
    for first, last in _split(source.code, *declared.span(2)):
        match = DECLARATOR.match(source.code, first, last)
        if match:
            default = source.text[slice(*match.span(2))] if match[2] else ""
            yield Input(
                name=match[1][:MAX_TEXT],
                type=declared[1][:MAX_TEXT],
                default=_clip(default) or None,
                comment=comment,
            )


def _split(code: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the parts between commas that stand in no bracket."""
    depth = 0
    begin = start
    if code.find(",", start, end) < 0:
        yield start, end
        return
    for at in range(start, end):
        sign = code[at]
        if sign in "([{":
            depth += 1
        elif sign in ")]}":
            depth -= 1
        elif sign == "," and depth == 0:
            yield begin, at
            begin = at + 1
    yield begin, end


def _comment_behind(source: Source, offset: int) -> str | None:
    """Return the comment that follows on the same line."""
    place = bisect_left(source.comments, (offset, 0))
    if place == len(source.comments):
        return None
    start, end = source.comments[place]
    between = source.text[offset - 1 : start]
    if len(between) > MAX_TEXT or "\n" in between or "\r" in between:
        return None
    return _clip(source.text[start:end].strip("/*! \t")) or None


def _functions(source: Source) -> Iterator[str]:
    """Yield the functions that have a body here: a name, parameters, a brace."""
    code = source.code
    for body in BODY.finditer(code):
        closing = body.start()
        opening = code.rfind("(", max(0, closing - MAX_PARAMETERS), closing)
        # In a condition there are mostly calls: their parentheses close in front.
        if opening < 0 or code.rfind(")", opening, closing) >= 0:
            continue
        head = code[max(0, opening - MAX_TEXT) : opening].rstrip()
        # What a word leaves when it is stripped off stands in front of it.
        before = head.rstrip(WORD)
        name = head[len(before) :]
        if name not in NO_FUNCTION and _is_type(before, name):
            yield name


def _is_type(before: str, name: str) -> bool:
    """Tell whether a type stands in front of a name; a method's class will do."""
    before = before.rstrip(" \t\r\n*&")
    if not name or name[0].isdigit():
        return False
    if before.endswith("]") or "::" in name:
        return True
    word = before[len(before.rstrip(WORD)) :]
    return (bool(word) or before.endswith(">")) and word not in NO_TYPE


def _mql_indicators(source: Source) -> Iterator[str]:
    yield from sorted(INDICATORS.intersection(source.counts))
    if "iCustom" not in source.counts:
        return
    code = source.code
    for place in source.offsets("iCustom", MAX_FACTS):
        name = QUOTED.search(source.text, place, place + MAX_TEXT)
        # The third argument names the indicator.
        if name and code.count(",", place, name.start()) == 2:
            yield name[1]


def _magic_numbers(source: Source) -> tuple[int, ...]:
    names = [name for name in source.counts if "agic" in name or "AGIC" in name]
    values = (
        MAGIC.match(source.code, place + len(name))
        for name in names[:40]
        for place in source.offsets(name, 20)
    )
    found = dict.fromkeys(int(value[1]) for value in values if value)
    # Orders placed by hand have the number 0: it marks nothing.
    found.pop(0, None)
    return tuple(islice(found, MAX_FACTS))


def _pine_facts(source: Source) -> Facts:
    header = _header(source)
    return Facts(
        name=_pine_name(source),
        author=_first_group(PINE_AUTHOR, header),
        link=_first_match(URL, header),
        inputs=tuple(islice(_pine_inputs(source), MAX_FACTS)),
        includes=_unique(match[1] for match in PINE_IMPORT.finditer(source.code)),
        indicators_used=_unique(
            name for name in source.counts if name.startswith("ta.") or name in PINE_OLD
        ),
        functions=_unique(match[1] for match in PINE_FUNCTION.finditer(source.code)),
    )


def _pine_name(source: Source) -> str | None:
    head = PINE_HEAD.search(source.code)
    if not head:
        return None
    given = _pine_arguments(source, head.end())
    title = given.get("title", given.get(0, given.get("shorttitle", "")))
    return _clip(title.strip("\"'")) or None


def _pine_inputs(source: Source) -> Iterator[Input]:
    for match in PINE_INPUT.finditer(source.code):
        given = _pine_arguments(source, match.end())
        title = given.get("title", given.get(1, "")).strip("\"'")
        yield Input(
            name=match[1][:MAX_TEXT],
            type=match[2],
            default=_clip(given.get("defval", given.get(0, ""))) or None,
            comment=_clip(title) or None,
        )


def _pine_arguments(source: Source, start: int) -> dict[str | int, str]:
    """Return a call's arguments as written, by their name or their place."""
    given: dict[str | int, str] = {}
    place = start
    for number, argument in enumerate(arguments(source.code, start)):
        at = source.code.find(argument, place) if argument else place
        place = at + len(argument)
        key, sign, value = source.text[at:place].partition("=")
        named = bool(sign) and key.strip().isidentifier()
        given[key.strip() if named else number] = (
            value.strip() if named else source.text[at:place].strip()
        )
    return given
