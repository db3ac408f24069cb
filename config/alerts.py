"""What may not stand together in the settings of alerts."""

from collections import Counter
from collections.abc import Mapping

from orquestrador.config.layer import Value, set_by_user

LOW_IS_BAD = frozenset({"success_percent"})
"""Alerts that come with the program and begin when their value falls."""


def contradictions(values: Mapping[str, Value]) -> list[str]:
    """Find alerts that could never end, and names that are given twice."""
    problems: list[str] = []
    for name, (value, _) in values.items():
        section, _, last = name.rpartition(".")
        if last != "raise_at":
            continue
        other = f"{section}.clear_at"
        low_is_bad = section.rpartition(".")[2] in LOW_IS_BAD
        good = values[other].value
        if good <= value if low_is_bad else good >= value:
            side = "above" if low_is_bad else "below"
            problems.append(
                f"{set_by_user(values, name, other)}: {other} is {good:g}; it must be "
                f"{side} {name}, which is {value:g}"
            )
    return problems + _own(values)


def _own(values: Mapping[str, Value]) -> list[str]:
    own, place = values["alerts.own"]
    problems = [
        f"{place}: raise_at and clear_at of {each.name} are both {each.raise_at:g}; "
        "let the alert end at a better value than it begins at"
        for each in own
        if each.raise_at == each.clear_at
    ]
    shipped = {name.split(".")[1] for name in values if name.endswith(".raise_at")}
    names = Counter(shipped) + Counter(each.name for each in own)
    return problems + [
        f"{place}: {name} is the name of two alerts; choose another"
        for name, times in names.items()
        if times > 1
    ]
