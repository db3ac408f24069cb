"""Where a source reaches the network: by itself, by a DLL, by an include for it."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from orquestrador.classification.program import Program

_ASKS = re.compile(
    r"^(?:WebRequest|Socket(?:Create|Connect|Tls\w{1,20})"
    r"|Internet(?:Open|Connect|ReadFile|OpenUrl)[AW]?"
    r"|(?:Http(?:Open|Send)Request|URLDownloadTo(?:Cache)?File)[AW]?"
    r"|Ftp(?:Open|Put|Get)File[AW]?|WinHttp(?:Open|Connect|SendRequest)"
    r"|curl_easy_\w{1,20}|WSA(?:Startup|Connect|Socket[AW]?)"
    r"|AF_INET|SOCK_(?:STREAM|DGRAM)|ClientSocket|ServerSocket"
    r"|zmq_(?:socket|connect|bind|send|recv)"
    r"|ZMQ_(?:REQ|REP|PUB|SUB|PUSH|PULL|DEALER|ROUTER|PAIR))$",
    re.MULTILINE,
)
"""Functions and constants that the platform or a well-known DLL has for it."""

_WRAPPERS = re.compile(
    r"^(?:\w{0,20}?http_?(?:get|post|put|patch|delete|request|send|download)\w{0,20}"
    r"|(?:send|post|push)\w{0,12}(?:telegram|discord|slack|whats_?app|webhook)\w{0,20}"
    r"|(?:telegram|discord|slack|whats_?app|webhook)_?(?:send|post|message)\w{0,20}"
    r"|CCustomBot)$",
    re.IGNORECASE | re.MULTILINE,
)
"""Names of a function or class that does it for the source."""

_STEMS = ("http", "telegram", "discord", "slack", "whats", "webhook", "custombot")

_INCLUDE = re.compile(
    r"telegram|win_?sock|(?<![a-z])sockets?(?![a-z])|websocket|http|wininet|winhttp"
    r"|web_?request|libcurl|zmq|zeromq|mqtt|discord|slack|whatsapp",
    re.IGNORECASE,
)
_DLL = re.compile(
    r"(?:wininet|winhttp|urlmon|ws2_32|wsock32|lib-?curl|libzmq|web-?socket)\w{0,20}"
    r"\.dll",
    re.IGNORECASE,
)
_SERVICE = re.compile(
    r"https?://(?:(?:api|hooks|webhooks?|notify-api)\.[a-z]|[^\s\"]{1,60}/api/)",
    re.IGNORECASE,
)
"""The address of a service that answers programs, not readers."""

_NAME = re.compile(r"[A-Za-z_]\w*")
_SHELL = ("ShellExecuteA", "ShellExecuteW")
_MAX_STRINGS = 5_000
_RUNS = frozenset({"expert", "indicator", "script", "service"})


def web_called(program: Program) -> Iterator[int]:
    """What the platform has for the network is named, in a function never called too.

    One who is about to run a source wants to know of it either way.
    """
    source = program.source
    for found in _ASKS.finditer("\n".join(source.counts)):
        yield source.names[found[0]]


def web_wrapped(program: Program) -> Iterator[int]:
    """A function of another file asks the web for the source: `HttpGet(address)`."""
    if program.kind not in _RUNS:
        return
    names = "\n".join(program.counts)
    lowered = names.lower()
    if not any(map(lowered.__contains__, _STEMS)):
        return
    for found in _WRAPPERS.finditer(names):
        if found[0] not in program.functions:
            yield program.source.names[found[0]]


def web_included(program: Program) -> Iterator[int]:
    """An include or a DLL that is for the network."""
    for name in program.facts.includes:
        file = name.replace("\\", "/").rpartition("/")[2]
        if _INCLUDE.search(file):
            yield max(0, program.source.text.find(file))
    for name in program.facts.imports:
        if _DLL.search(name):
            yield max(0, program.source.text.find(name))


def service_addressed(program: Program) -> Iterator[int]:
    """The address of a service for programs stands in the code."""
    text = program.source.text
    if "http" not in text:
        return
    for start, end in program.source.strings[:_MAX_STRINGS]:
        if text.startswith("http", start) and _SERVICE.match(text, start, end):
            yield start


def url_opened(program: Program) -> Iterator[int]:
    """The shell is told to open an address of the web."""
    for name in _SHELL:
        for call in program.calls(name):
            if _gives_address(program, call.offset):
                yield call.offset
            around = program.function_at(call.offset)
            if around is None:
                continue
            for each in program.calls(around.name):
                if _gives_address(program, each.offset):
                    yield each.offset


def _gives_address(program: Program, call: int) -> bool:
    end = max(0, program.code.find(")", call))
    given = program.source.text[call:end]
    named = _NAME.findall(given)
    defaults = (each.default for each in program.facts.inputs if each.name in named)
    return any(
        text is not None and ("http" in text or "www." in text)
        for text in (given, *defaults)
    )


CHECKS: Mapping[str, Callable[[Program], Iterable[int]]] = {
    each.__name__: each
    for each in (web_called, web_wrapped, web_included, service_addressed, url_opened)
}
