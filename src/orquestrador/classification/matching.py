"""One rule: what it requires, and where a program meets it.

A rule says which identifiers it needs, a bounded regular expression on the live
code, or a named check for what takes structure to see. Everything a rule names must
hold. Look-ups of identifiers come first, so that most rules cost nothing.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import islice

import msgspec

from orquestrador.classification.patterns import compile_bounded
from orquestrador.classification.program import Program
from orquestrador.errors import RuleError
from orquestrador.messages import Evidence, Kind, Language

MAX_EVIDENCE = 5
"""Pieces of evidence that one label carries."""

_MQL = ("mql4", "mql5", "mql")

Check = Callable[[Program], Iterable[int]]
"""Returns the offsets that are its evidence; none when it does not hold."""


class RuleDefinition(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A rule as it stands in a pack."""

    id: str
    label: str
    """TAXONOMY.md's code that the rule speaks for."""

    example: str
    """Code for which the rule holds."""

    counterexample: str
    """Similar code for which it does not."""

    weight: float = 1.0
    """Of a strategy: what the rule adds to its label's share."""

    languages: tuple[str, ...] = ()
    """`mql` (both), `mql4`, `mql5`, `pine`; none means all."""

    kinds: tuple[str, ...] = ()
    """Program types; none means all."""

    all: tuple[str, ...] = ()
    """Identifiers that must occur."""

    any: tuple[str, ...] = ()
    """Identifiers of which one must occur."""

    none: tuple[str, ...] = ()
    """Identifiers that must not occur."""

    words: tuple[str, ...] = ()
    """Stems of identifiers of which one must occur twice: declared and used.

    Case and underscores do not count; `^` and `$` stand for an identifier's ends.
    """

    indicators: tuple[str, ...] = ()
    """Stems of indicators' names (`iCustom`'s included) of which one must be used."""

    code: str | None = None
    """Regular expression that the live code must hold; every repeat is bounded."""

    check: str | None = None
    """Name of a function that looks at the structure."""


@dataclass(frozen=True)
class Rule:
    """A rule ready to be matched."""

    definition: RuleDefinition
    pattern: re.Pattern[str] | None
    check: Check | None

    @classmethod
    def compiled(
        cls, definition: RuleDefinition, checks: Mapping[str, Check]
    ) -> "Rule":
        """Compile a definition; `checks` are the functions it may name.

        Raises:
            RuleError: when it requires nothing, names a check that does not exist
                or has a pattern that is not bounded.

        """
        wanted = definition
        if not any(
            (
                wanted.all,
                wanted.any,
                wanted.words,
                wanted.indicators,
                wanted.code,
                wanted.check,
            )
        ):
            raise RuleError(f"rule {wanted.id} requires nothing; say what it needs")
        if wanted.check is not None and wanted.check not in checks:
            raise RuleError(
                f"rule {wanted.id} names the check {wanted.check!r}; "
                f"there are {', '.join(sorted(checks))}"
            )
        pattern = wanted.code and compile_bounded(wanted.id, wanted.code)
        check = checks[wanted.check] if wanted.check else None
        return cls(wanted, pattern or None, check)

    def applies_to(self, language: Language, kind: Kind) -> bool:
        """Whether the rule is about this language and this kind of program."""
        languages, kinds = self.definition.languages, self.definition.kinds
        if kinds and kind not in kinds:
            return False
        if not languages or language in languages:
            return True
        # A header that is valid for both is held against the rules of both.
        if language == "mql":
            return not set(_MQL).isdisjoint(languages)
        return language in _MQL and "mql" in languages

    def offsets(self, program: Program, limit: int = MAX_EVIDENCE) -> tuple[int, ...]:
        """Return where a program meets the rule; nothing when it does not.

        One offset is found sooner than all: ask for no more than are needed.
        """
        names = self._names(program)
        if names is None:
            return ()
        if self.check is not None:
            return program.checked(self.check, limit)
        if self.pattern is not None:
            found = self.pattern.finditer(program.code)
            return tuple(each.start() for each in islice(found, limit))
        if self.definition.indicators:
            return (max(0, program.source.text.find(names[0])),)
        return program.uses(names[0], limit)

    def _names(self, program: Program) -> tuple[str, ...] | None:
        """Return what was found of the names required; None when one is missing.

        The most telling comes first: an indicator, a word, one of `any`, `all`.
        """
        wanted = self.definition
        if wanted.all and not all(map(program.has, wanted.all)):
            return None
        if wanted.none and any(map(program.has, wanted.none)):
            return None
        found = wanted.all
        for required, first in (
            (wanted.any, program.first_of),
            (wanted.words, program.first_word),
            (wanted.indicators, program.first_indicator),
        ):
            if required:
                name = first(required)
                if name is None:
                    return None
                found = (name, *found)
        return found


def gather(
    evidence: list[Evidence], program: Program, rule: str, offsets: Iterable[int]
) -> None:
    """Add the evidence at these offsets, each line once, up to `MAX_EVIDENCE`."""
    lines = {piece.line for piece in evidence if piece.rule == rule}
    for offset in offsets:
        if len(evidence) >= MAX_EVIDENCE:
            return
        line = program.source.line(offset)
        if line not in lines:
            lines.add(line)
            evidence.append(program.evidence(rule, offset))
