"""Time against size for input that is made to be slow: `python benchmarks/hostile.py`.

Classification must be linear in the size of a file (DESIGN.md, promise 8). Each kind of
input is classified at one size and at twice that size, in turns; linear code takes
twice as long, quadratic code four times. What is over the limit is measured again: a
busy machine slows one of two, a quadratic algorithm always the same one.
"""

import argparse
import sys
import time
from collections.abc import Callable

from orquestrador.classification import classify

FACTOR = 2
LIMIT = 2.3
"""Times as long for twice the size."""

SMOKE_LIMIT = 3.0
"""Of the short run, on a machine that does other things: quadratic time shows as 4."""

AGAIN = 4
"""Times that a kind over the limit is measured again."""

LEAST_S = 0.02
"""Below it the clock, and not the input, is measured."""

SPACED = b"input int magic = ( 5 ) ; # property void OnTick ( ) { string a Bars".split()

Make = Callable[[int], bytes]


def _repeated(piece: bytes, *, before: bytes = b"", after: bytes = b"") -> Make:
    return lambda size: before + piece * (size // len(piece)) + after


HANDLER = b"void OnTick() { OrderSend(Symbol(), OP_BUY, 1, Ask, 3, 0, 0); }\n"
GRID = b"""
input double Lots = 0.01; input double LotExponent = 1.6; input int PipStep = 20;
double LastBuyPrice;
void OnTick() {
  double next = Lots * MathPow(LotExponent, OrdersTotal());
  if (LastBuyPrice - Ask >= PipStep * Point)
    OrderSend(Symbol(), OP_BUY, next, Ask, 3, 0, Ask + 50 * Point);
"""
PINE = b"//@version=5\nstrategy('a')\n"

IN_BOTH = (
    *("(", '"', "{", "}", "=", "OrderSend(", "OrderClose( ", "if(", "){", "a=a;"),
    *("rsi<", "PipStep<LastBuyPrice;", "f(){return f();} ", "x=true;OrderSelect("),
    *("OrderModify(f(a),b,c,d);", 'api_key="abc123def";', "Close[1]>Open[1] "),
    *('Symbol()=="EURUSD" ', "OrderSend(a,b,c,d,e,f,g);", "\n ", "12.5 ", "a1 "),
    *("void F() {\n", "f(x) =>\n", "=>", "int t=OrderSend(1);", "OrderSend "),
    *("void F(){}class A{};", "a, b = 1, ", "iMA(iMA(", "magic ", "a ? ", "- "),
)
"""Pieces that come many times in a grid's handler, and in a Pine strategy."""

IN_PINE = (
    *("a = (", "x, y = 1, ", "if a\n ", "f(a, b = 1, ", "[[", "if a\n    b\n"),
    *("ta.rsi(\n", "x = input(\n", "x = ta.ema(close, 5)\n", "a=f(x["),
)
"""And more that come in a Pine strategy only."""

INPUTS: dict[str, Make] = {
    "/*": _repeated(b"/*"),
    "/* in code": _repeated(b"/*", before=HANDLER),
    "*/": _repeated(b"*/", before=HANDLER),
    "//": _repeated(b"// x\n", before=HANDLER),
    "// joined": _repeated(b"//"),
    '"': _repeated(b'"'),
    '"\\n': _repeated(b'"\n', before=HANDLER),
    '"\\': _repeated(b'"\\', before=HANDLER),
    '\\"': _repeated(b'\\"', before=HANDLER),
    "'": _repeated(b"'"),
    "\\": _repeated(b"\\"),
    "(": _repeated(b"("),
    "( in code": _repeated(b"(", before=HANDLER),
    "{": _repeated(b"{", before=HANDLER),
    ")": _repeated(b")", before=HANDLER),
    "a.": _repeated(b"a.", before=HANDLER),
    "OrderSend(": _repeated(b"OrderSend(", before=HANDLER),
    "OrderSend(a,": _repeated(b"OrderSend(a,", before=HANDLER),
    "iMA(": _repeated(b"iMA(Symbol(),", before=HANDLER),
    "if(": _repeated(b"if(a>b) ", before=HANDLER),
    "input": _repeated(b"input double x = 1; ", before=HANDLER),
    "input a,": _repeated(b"input int a=1,", before=HANDLER),
    "functions": _repeated(b"void f() { f(); }\n", before=HANDLER),
    "functions in": _repeated(b"void f(int a){", before=HANDLER),
    "#define": _repeated(b"#define A B\n", before=HANDLER),
    "#property": _repeated(b'#property copyright "a"\n', before=HANDLER),
    "#property bare": _repeated(b"#property ", before=HANDLER),
    "#import": _repeated(b'#import "a.dll"\n', before=HANDLER),
    "names": lambda size: (
        HANDLER + b" ".join(b"name%d" % number for number in range(size // 10))
    ),
    "assignments": _repeated(b"a = b; b = a * 2; ", before=HANDLER),
    "newlines": _repeated(b"\n", before=HANDLER),
    "spaces": _repeated(b" ", before=HANDLER),
    "magic, spaces": lambda size: b"int magic" + b" " * size + b"x;",
    "words, comments": lambda size: b"".join(
        word + b" /*" + b"-" * (size // len(SPACED)) + b"*/" for word in SPACED
    ),
    "one word": _repeated(b"a", before=HANDLER),
    "digits": _repeated(b"1", before=HANDLER),
    "symbols": _repeated(b'"EURUSD" ', before=HANDLER),
    "utf-16 half": lambda size: HANDLER.decode().encode("utf-16-le") + b"(" * size,
    "surrogates": _repeated(b"\x00\xd8", before=b"\xff\xfe"),
    "pine indicator": _repeated(
        b"x = ta.ema(close, 5)\n", before=b"//@version=5\nindicator('a')\n"
    ),
    "nested calls": _repeated(b"f(", before=b"void OnTick() { a="),
    "nested blocks": _repeated(b"if(a){", before=b"void OnTick() {"),
    "nested indices": _repeated(b"a[", before=b"void OnTick() { a="),
    "one line": _repeated(HANDLER.replace(b"\n", b" ")),
    "html": _repeated(b"<", before=b"<html>"),
    "bytes": lambda size: bytes(range(256)) * (size // 256),
}
for _piece in IN_BOTH:
    INPUTS[f"grid {_piece!r}"] = _repeated(_piece.encode(), before=GRID)
for _piece in (*IN_BOTH, *IN_PINE):
    INPUTS[f"pine {_piece!r}"] = _repeated(_piece.encode(), before=PINE)


def main() -> int:
    """Print seconds and the growth for each input; 1 when one is over the limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mb", type=float, default=10.0, help="the larger size")
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--smoke", action="store_true", help="0.3 MB, a wider limit")
    options = parser.parse_args()
    large = int((0.3 if options.smoke else options.mb) * 1e6)
    turns, limit = (2, SMOKE_LIMIT) if options.smoke else (options.turns, LIMIT)
    classify(HANDLER, "a.mq4")
    worst = 0.0
    print(f"{'input':32}{large / FACTOR / 1e6:>8.2f} MB{large / 1e6:>8.2f} MB   growth")
    for name, make in INPUTS.items():
        growth, small_s, large_s = _grown(make, large, turns, limit)
        worst = max(worst, growth)
        print(f"{name:32}{small_s:>9.3f} s{large_s:>9.3f} s{growth:>9.2f}")
    print(f"largest growth {worst:.2f} for {FACTOR} times the size (limit {limit})")
    return 0 if worst <= limit else 1


def _grown(
    make: Make, large: int, turns: int, limit: float
) -> tuple[float, float, float]:
    """Return the growth, and the seconds of both sizes; of several, the least."""
    found: list[tuple[float, float, float]] = []
    while not found or (found[-1][0] > limit and len(found) <= AGAIN):
        small_s, large_s = _measure(make, large, turns)
        found.append((large_s / max(small_s, LEAST_S), small_s, large_s))
    return min(found)


def _measure(make: Make, large: int, turns: int) -> tuple[float, float]:
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(turns):
        for index, size in enumerate((large // FACTOR, large)):
            data = make(size)
            began = time.process_time()
            classify(data, "a.mq4")
            times[index].append(time.process_time() - began)
    return min(times[0]), min(times[1])


if __name__ == "__main__":
    sys.exit(main())
