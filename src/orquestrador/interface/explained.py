"""A source with the evidence in its margin, and why the next best label lost."""

from collections.abc import Iterator, Sequence
from typing import Any

from orquestrador.classification.explaining import (
    Contender,
    Explanation,
    Margin,
    Voice,
    margin_of,
    shown_lines,
)
from orquestrador.interface.session import Session
from orquestrador.interface.translation import _, label_name
from orquestrador.interface.wrapping import fitted, shortened
from orquestrador.messages import Evidence, Record
from orquestrador.visible import visible

AROUND = 2
"""Lines shown before and after one that is evidence."""

_MARGIN = 24
_LONG = 240
"""Characters; of a longer line the evidence shows the part that counts."""

_TAB = 4


def explained_json(
    record: Record, explanation: Explanation | None, *, every_line: bool
) -> dict[str, Any] | None:
    """Return the same as JSON's objects; None when it is no source."""
    import msgspec  # noqa: PLC0415 -- not for --help

    if explanation is None:
        return None
    margin = margin_of(record)
    lines = shown_lines(
        explanation.source, _wanted(margin, explanation.source.lines, every_line)
    )
    return {
        "kinds": msgspec.to_builtins(explanation.kinds),
        "strategies": msgspec.to_builtins(explanation.strategies),
        "source": [
            {
                "line": number,
                "text": text,
                "evidence": [
                    {"label": label, "rule": evidence.rule}
                    for label, evidence in margin.get(number, ())
                ],
            }
            for number, text in lines.items()
        ],
    }


# --- who won, and by what ---------------------------------------------------------


def contest_lines(session: Session, explanation: Explanation) -> Iterator[str]:
    """Yield what spoke for the kind and the primary strategy, and for the next best."""
    yield from _contest(session, _("Kind"), explanation.kinds)
    yield from _contest(session, _("Strategy"), explanation.strategies)


def _contest(
    session: Session, title: str, contenders: Sequence[Contender]
) -> Iterator[str]:
    if not contenders:
        return
    first, *others = contenders
    yield f"  {title}: {_standing(session, first)}"
    yield from _voices(first.voices)
    if others:
        name = _standing(session, others[0])
        yield "  " + _("Next best: {label}").format(label=name)
        yield from _voices(others[0].voices)


def _standing(session: Session, contender: Contender) -> str:
    name = label_name(contender.label, session.translation)
    points = _("score {score}").format(score=f"{contender.score:g}")
    return f"{name}, {points}: {_outcome(contender)}"


def _outcome(contender: Contender) -> str:
    if contender.outcome == "put_first" and contender.label in {"grid", "hedging"}:
        return _(
            "a reading puts it first: averaging or recovery with a rising lot is "
            "named by how it adds positions"
        )
    return {
        "first": _("it is first by what speaks for it"),
        "put_first": _(
            "a reading puts it first: how positions are opened is named before how "
            "they are sized or at what hour"
        ),
        "behind": _("less speaks for it"),
        "put_behind": _(
            "a reading puts it behind: how positions are opened is named before how "
            "they are sized or at what hour"
        ),
        "too_light": _("too few points to be said"),
        "small_share": _("too small a part of what speaks for the first"),
        "said_alone": _("it is said only where no other strategy is"),
        "asked_later": _("its question comes after the one that decided"),
        "corrected": _("you said so"),
    }[contender.outcome]


def _voices(voices: Sequence[Voice]) -> Iterator[str]:
    for voice in voices:
        where = voice.evidence[0] if voice.evidence else None
        text = f"{where.line}: {visible(where.text)}  " if where else ""
        yield f"      +{voice.weight:g}  {text}[{voice.rule}]"


# --- the source -------------------------------------------------------------------


def source_lines(
    session: Session,
    record: Record,
    explanation: Explanation,
    *,
    every_line: bool,
    columns: int | None,
) -> Iterator[str]:
    """Yield the source, on the left of each line the labels that rest on it.

    Args:
        session: gives the language.
        record: what was said.
        explanation: gives the source.
        every_line: show all of it, not the lines around evidence alone.
        columns: of the terminal; None cuts no line but a very long one.

    """
    margin = margin_of(record)
    source = explanation.source
    lines = shown_lines(source, _wanted(margin, source.lines, every_line))
    last = 0
    for number, text in lines.items():
        if number > last + 1:
            yield f"{'⋮':>6} {'':{_MARGIN}} │"
        last = number
        told = margin.get(number, [])
        labels = dict.fromkeys(
            label_name(each, session.translation) for each, _ in told
        )
        first, *more = labels or [""]
        shown = _shown(text, told)
        if columns is not None:
            shown = shortened(shown, max(20, columns - _MARGIN - 11))
        yield f"{number:>6} {_fitted(first)} │ {shown}".rstrip()
        for label in more:
            yield f"{'':>6} {_fitted(label)} │"
    if last < source.lines:
        yield f"{'⋮':>6} {'':{_MARGIN}} │"


def _fitted(label: str) -> str:
    return fitted(shortened(visible(label), _MARGIN), _MARGIN)


def _shown(text: str, told: list[tuple[str, Evidence]]) -> str:
    """Return a line that neither hides nor obeys anything, and is not endless."""
    if len(text) > _LONG:
        text = told[0][1].text if told else text[: _LONG - 1] + "…"
    return visible(text.expandtabs(_TAB))


def _wanted(margin: Margin, lines: int, every_line: bool) -> list[int]:  # noqa: FBT001 -- as the caller's option
    if every_line:
        return list(range(1, lines + 1))
    near = {
        number
        for line in margin
        for number in range(line - AROUND, line + AROUND + 1)
        if 1 <= number <= lines
    }
    return sorted(near)
