"""The user's own rules, vocabularies and classifiers, which settings add to ours.

What is wrong with a file is said with its name and the key's path. What holds is one
value: it travels to worker processes, and is a part of the classifier's version.
"""

import difflib
import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from importlib import metadata
from pathlib import Path
from typing import Annotated, TypeVar

import msgspec
from msgspec import Meta

from orquestrador.config.rule_packs import (
    Group,
    RuleDefinition,
    Stems,
    Weight,
    shipped_rules,
)
from orquestrador.config.sections import ClassificationSettings
from orquestrador.config.user_file import place_of, read_user_file, toml_of
from orquestrador.config.vocabulary import GROUPS
from orquestrador.errors import SettingsError

ENTRY_POINTS = "orquestrador.classifiers"
"""The group of entry points by which a package offers a classifier."""

MOST_RULES = 1000
"""Of all packs together."""

MOST_SYMBOLS = 5000
"""Other names of symbols, of all vocabularies together."""

_File = TypeVar("_File", "RulePack", "WordsAndSymbols")
_PACKS = "classification.rule_packs"
_VOCABULARIES = "classification.vocabularies"

Symbol = Annotated[str, Meta(pattern=r"^[A-Z0-9#][A-Za-z0-9._#!-]{1,23}$")]
Alias = Annotated[str, Meta(pattern=r"^[\w#$.!:&/+-]{2,40}$")]


class RulePack(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file of rules."""

    prefix: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,19}$")]
    """What ids of its rules and its new labels begin with: `my` for `my.renko`."""

    group: Group
    """What the labels of its rules belong to."""

    off: tuple[str, ...] = ()
    """Ids of rules of the program that are not to count."""

    weights: Mapping[str, Weight] = {}
    """Other weights for the program's rules of strategies, by id."""

    rule: Annotated[tuple[RuleDefinition, ...], Meta(max_length=MOST_RULES)] = ()


class WordsAndSymbols(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True
):
    """A file with a vocabulary."""

    symbols: Mapping[Symbol, tuple[Alias, ...]] = {}
    """A symbol as records are to name it, with its other names."""

    words: Mapping[str, Stems] = {}
    """More stems for rules that ask for `words`, by the rule's id."""

    indicators: Mapping[str, Stems] = {}
    """More names for rules that ask for `indicators`, by the rule's id."""


class OwnRule(msgspec.Struct, frozen=True):
    """A rule of the user's."""

    group: Group
    origin: str
    """The file, as the settings name it."""

    definition: RuleDefinition


class OfferedClassifier(msgspec.Struct, frozen=True):
    """A classifier that an installed package offers, not loaded yet."""

    name: str
    value: str
    """`module:attribute`."""

    version: str
    """The package's."""


class OwnRules(msgspec.Struct, frozen=True, kw_only=True, cache_hash=True):
    """Everything of the user's, in the order of the settings."""

    rules: tuple[OwnRule, ...] = ()
    off: tuple[str, ...] = ()
    weights: tuple[tuple[str, float], ...] = ()
    words: tuple[tuple[str, tuple[str, ...]], ...] = ()
    indicators: tuple[tuple[str, tuple[str, ...]], ...] = ()
    symbols: tuple[tuple[str, str], ...] = ()
    """Another name, in capitals, and the symbol."""

    classifiers: tuple[OfferedClassifier, ...] = ()

    changes: tuple[tuple[str, str], ...] = ()
    """A rule of the program that is another one now, and the file that made it so."""

    def encoded(self) -> str:
        """Return what decides about labels as text, for `decoded_own_rules`."""
        bare = msgspec.structs.replace(
            self, rules=tuple(map(_bare, self.rules)), changes=()
        )
        return msgspec.json.encode(bare).decode()

    def version(self) -> str:
        """Return what a record's classifier says of it: `.9a8b7c6d+renko=1.4`."""
        files = msgspec.structs.replace(self, classifiers=())
        digest = hashlib.sha256(files.encoded().encode()).hexdigest()[:8]
        changed = f".{digest}" if files.encoded() != OwnRules().encoded() else ""
        offered = (f"+{each.name}={each.version}" for each in self.classifiers)
        return changed + "".join(offered)


def _bare(rule: OwnRule) -> OwnRule:
    definition = msgspec.structs.replace(rule.definition, example="", counterexample="")
    return OwnRule(rule.group, "", definition)


def decoded_own_rules(text: str) -> OwnRules:
    """Return what `OwnRules.encoded` wrote: without examples and origins."""
    return msgspec.json.decode(text, type=OwnRules)


def chosen_own_rules(
    settings: ClassificationSettings, library: Path
) -> OwnRules | None:
    """Return what settings and installed packages add; None where nothing does.

    Args:
        settings: `rule_packs` and `vocabularies` are the user's files.
        library: the folder from which relative names of files count.

    Raises:
        SettingsError: with everything that is wrong, each with its file and key.

    """
    packs = {
        name: _read(RulePack, name, library, _PACKS) for name in settings.rule_packs
    }
    vocabularies = {
        name: _read(WordsAndSymbols, name, library, _VOCABULARIES)
        for name in settings.vocabularies
    }
    problems = [*_pack_problems(packs), *_vocabulary_problems(packs, vocabularies)]
    if problems:
        raise SettingsError(*problems)
    own = _joined(packs, vocabularies)
    return own if own != OwnRules() else None


def symbol_named(asked: str, settings: ClassificationSettings, library: Path) -> str:
    """Return the symbol that records name where somebody asks for a name of it.

    Raises:
        SettingsError: if a file of the settings cannot be used.

    """
    if not settings.vocabularies:
        return asked
    own = chosen_own_rules(settings, library) or OwnRules()
    return dict(own.symbols).get(asked.upper(), asked)


def _read(kind: type[_File], name: str, library: Path, key: str) -> _File:
    file = place_of(name, library, key)
    document = toml_of(read_user_file(file, key), str(file))
    try:
        return msgspec.convert(document, kind)
    except msgspec.ValidationError as error:
        raise SettingsError(f"{file}: {error}") from error


def _joined(
    packs: Mapping[str, RulePack], vocabularies: Mapping[str, WordsAndSymbols]
) -> OwnRules:
    rules = tuple(
        OwnRule(pack.group, name, rule)
        for name, pack in packs.items()
        for rule in pack.rule
    )
    changes = [
        (rule, name)
        for name, pack in packs.items()
        for rule in (*pack.off, *pack.weights)
    ]
    changes += [
        (rule, name)
        for name, each in vocabularies.items()
        for rule in (*each.words, *each.indicators)
    ]
    return OwnRules(
        rules=rules,
        off=tuple(rule for pack in packs.values() for rule in pack.off),
        weights=tuple(each for pack in packs.values() for each in pack.weights.items()),
        words=tuple(
            pair for each in vocabularies.values() for pair in each.words.items()
        ),
        indicators=tuple(
            pair for each in vocabularies.values() for pair in each.indicators.items()
        ),
        symbols=tuple(_names(vocabularies.values())),
        classifiers=offered_classifiers(),
        changes=tuple(changes),
    )


def _names(vocabularies: Iterable[WordsAndSymbols]) -> Iterator[tuple[str, str]]:
    for each in vocabularies:
        for symbol, aliases in each.symbols.items():
            for alias in (symbol, *aliases):
                yield alias.upper(), symbol


def offered_classifiers() -> tuple[OfferedClassifier, ...]:
    """Return what installed packages offer, by name; nothing is loaded."""
    found = metadata.entry_points(group=ENTRY_POINTS)
    return tuple(
        OfferedClassifier(
            name=each.name,
            value=each.value,
            version=each.dist.version if each.dist is not None else "",
        )
        for each in sorted(found, key=lambda each: (each.name, each.value))
    )


def _pack_problems(packs: Mapping[str, RulePack]) -> Iterator[str]:
    # The program's own rules are read where there is something to hold against them.
    if not packs:
        return
    seen: set[str] = set()
    taken = {each.partition(".")[0] for each in _shipped()}
    for name, pack in packs.items():
        if not (pack.rule or pack.off or pack.weights):
            yield f"{name}: says nothing; it needs rule, off or weights"
        if pack.prefix in taken:
            yield f"{name}: prefix: {pack.prefix!r} begins the program's own rules"
        for number, rule in enumerate(pack.rule):
            for problem in _rule_problems(pack, rule, seen):
                yield f"{name}: rule[{number}]{problem}"
            seen.add(rule.id)
    if len(seen) > MOST_RULES:
        yield f"{_PACKS}: {len(seen)} rules; there may be {MOST_RULES}"
    yield from _change_problems(packs)


def _change_problems(packs: Mapping[str, RulePack]) -> Iterator[str]:
    """Find what cannot be done to the program's rules."""
    shipped = _shipped()
    changes = Counter(
        each for pack in packs.values() for each in (*pack.off, *pack.weights)
    )
    for name, pack in packs.items():
        for key, ids in (("off", pack.off), ("weights", pack.weights)):
            for each in ids:
                if each not in shipped:
                    yield f"{name}: {key}: {_no_rule(each, shipped)}"
                elif changes[each] > 1:
                    yield f"{name}: {key}: {each} is changed more than once"
        for each in pack.weights:
            if each in shipped and shipped[each][0] != "strategies":
                yield f"{name}: weights: {each} is no rule of strategies"


def _rule_problems(
    pack: RulePack, rule: RuleDefinition, seen: set[str]
) -> Iterator[str]:
    if not rule.id.startswith(f"{pack.prefix}."):
        yield f".id: {rule.id} has to begin with {pack.prefix}."
    if rule.id in seen:
        yield f".id: {rule.id} is the id of an earlier rule"
    known = GROUPS[pack.group]
    if rule.label not in known and not rule.label.startswith(f"{pack.prefix}."):
        near = difflib.get_close_matches(rule.label, known, n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        yield (
            f".label: {rule.label} is no label of {pack.group}; a new one begins with "
            f"{pack.prefix}.{hint}"
        )
    for key in ("example", "counterexample"):
        if not getattr(rule, key).strip():
            yield f".{key}: shows no code"


def _vocabulary_problems(
    packs: Mapping[str, RulePack], vocabularies: Mapping[str, WordsAndSymbols]
) -> Iterator[str]:
    if not vocabularies:
        return
    rules = {each: rule for each, (_, rule) in _shipped().items()}
    rules |= {rule.id: rule for pack in packs.values() for rule in pack.rule}
    symbols: dict[str, str] = {}
    for name, each in vocabularies.items():
        for key, added in (("words", each.words), ("indicators", each.indicators)):
            for rule in added:
                if rule not in rules:
                    yield f"{name}: {key}: {_no_rule(rule, rules)}"
                elif not getattr(rules[rule], key):
                    yield f"{name}: {key}: {rule} does not ask for {key}"
        for alias, symbol in _names([each]):
            if symbols.setdefault(alias, symbol) != symbol:
                yield f"{name}: symbols: {alias} is {symbols[alias]} and {symbol}"
    if len(symbols) > MOST_SYMBOLS:
        yield f"{_VOCABULARIES}: {len(symbols)} symbols; there may be {MOST_SYMBOLS}"


def _shipped() -> dict[str, tuple[Group, RuleDefinition]]:
    return {
        rule.id: (group, rule)
        for group, rules in shipped_rules().items()
        for rule in rules
    }


def _no_rule(name: str, rules: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, list(rules), n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    return f"there is no rule {name!r}{hint}"
