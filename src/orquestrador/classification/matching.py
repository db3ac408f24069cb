"""One rule: what it requires, and where a program meets it.

A rule says which identifiers it needs, a bounded regular expression on the live
code, or a named check for what takes structure to see. Everything a rule names must
hold. Look-ups of identifiers come first, so that most rules cost nothing.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import islice

from orquestrador.classification.patterns import compile_bounded
from orquestrador.classification.program import Program
from orquestrador.config.rule_packs import SHIPPED, RuleDefinition
from orquestrador.errors import RuleError
from orquestrador.messages import Evidence, Kind, Language

MAX_EVIDENCE = 5
"""Pieces of evidence that one label carries."""

_MQL = ("mql4", "mql5", "mql")

Check = Callable[[Program], Iterable[int]]
"""Returns the offsets that are its evidence; none when it does not hold."""


@dataclass(frozen=True)
class Rule:
    """A rule ready to be matched."""

    definition: RuleDefinition
    pattern: re.Pattern[str] | None
    check: Check | None
    origin: str = SHIPPED
    """The user's file, as the settings name it, or this program."""

    @classmethod
    def compiled(
        cls,
        definition: RuleDefinition,
        checks: Mapping[str, Check],
        origin: str = SHIPPED,
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
        return cls(wanted, pattern or None, check, origin)

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
