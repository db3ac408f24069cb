"""Measures of a source, and the score that docs/quality.md derives from them.

The score begins at 100. Each fault takes points away, in proportion to how far the
source is beyond what is ordinary, and at most as many as it is allowed to.
"""

import re
from collections.abc import Mapping
from typing import Literal

from orquestrador.classification import complexity, measures, order_results
from orquestrador.classification.lexing import Source
from orquestrador.classification.program import Program
from orquestrador.messages.record import Quality

Fault = Literal[
    "worst_complexity",
    "mean_complexity",
    "longest_function",
    "duplicated_lines",
    "magic_literals",
    "comment_share",
    "strict",
    "unchecked_order_calls",
]

MOST: Mapping[Fault, float] = {
    "worst_complexity": 20,
    "mean_complexity": 10,
    "longest_function": 15,
    "duplicated_lines": 15,
    "magic_literals": 10,
    "comment_share": 10,
    "strict": 5,
    "unchecked_order_calls": 15,
}
"""Points that each fault takes at most; together 100."""

_STRICT = re.compile(r"#[ \t]{0,9}property[ \t]{1,9}$")


def measured(program: Program) -> Quality:
    """Measure a program; what nothing calls is measured too."""
    source = program.source
    lines = measures.Lines(source)
    filled = source.lines - source.blank_lines
    calls, unchecked = order_results.counted(program)
    if program.is_pine:
        units, outside = complexity.pine_units(source)
        magic = measures.pine_magic_literals(source)
    else:
        units, outside = complexity.functions(program), 0
        magic = measures.magic_literals(source, units[0].start) if units else 0
    each = [unit.complexity for unit in units] + [outside] * program.is_pine
    comments = filled - lines.code
    quality = Quality(
        score=0,
        lines=source.lines,
        code_lines=lines.code,
        comment_lines=comments,
        blank_lines=source.blank_lines,
        comment_share=round(comments / filled, 3) if filled else 0.0,
        functions=len(units),
        longest_function=max((_height(source, unit) for unit in units), default=0),
        complexity=sum(each),
        worst_complexity=max(each, default=0),
        magic_literals=magic,
        duplicated_lines=lines.repeated,
        strict=_is_strict(source) if program.language == "mql4" else None,
        order_calls=calls,
        unchecked_order_calls=unchecked,
    )
    return quality.replace(score=score(quality))


def score(quality: Quality) -> int:
    """Return 0 to 100 from the measures alone: 100 less what the faults take."""
    return int(100.5 - sum(taken(quality).values()))


def taken(quality: Quality) -> dict[Fault, float]:
    """Return the points that each fault takes from the score."""
    code = max(1, quality.code_lines)
    parts = quality.functions + (quality.complexity > 0 and quality.functions == 0)
    points: dict[Fault, float] = {
        "worst_complexity": quality.worst_complexity - 10,
        "mean_complexity": 2 * (quality.complexity / max(1, parts) - 5),
        "longest_function": (quality.longest_function - 50) / 10,
        "duplicated_lines": 50 * quality.duplicated_lines / code,
        "magic_literals": 50 * (quality.magic_literals / code - 0.1),
        "comment_share": 100 * (0.1 - quality.comment_share),
        "strict": 5 * (quality.strict is False),
        "unchecked_order_calls": 15
        * quality.unchecked_order_calls
        / max(1, quality.order_calls),
    }
    return {
        fault: min(float(MOST[fault]), max(0.0, lost)) for fault, lost in points.items()
    }


def _height(source: Source, unit: complexity.Unit) -> int:
    return source.line(max(unit.start, unit.end - 1)) - source.line(unit.start) + 1


def _is_strict(source: Source) -> bool:
    return any(
        _STRICT.search(source.code[max(0, at - 40) : at])
        for at in source.offsets("strict", 100)
    )
