"""How often the classification is right on labelled sources.

usage: accuracy.py FOLDER LABELS...

FOLDER holds the sources under the names the labels give them: `<sha256>.<ext>` for a
table of program types (`type` column) and for strategies (`.jsonl`), the `file`
column's name for a table of languages, the path for `examples/library.expected.toml`.
Rows without a file are counted and skipped.

No weight is fitted to the labels, so that leaving an owner out changes no rule; what
was chosen by looking at errors are the few thresholds. The owners whose name hashes
into one fifth are reported apart, and so are the worst owners.
"""

import csv
import hashlib
import json
import sys
import tomllib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from orquestrador.classification import classify
from orquestrador.messages import Level, Record

Row = Mapping[str, Any]
_NO_LABELS: Row = {
    **dict.fromkeys(("strategies", "risk", "hygiene", "symbols", "timeframes"), ()),
    "primary": None,
}
"""What the examples' labels leave out."""


class Answer(NamedTuple):
    """A labelled row and what was said of its file."""

    row: Row
    record: Record


def main(arguments: list[str]) -> int:
    """Print the tables for each file of labels."""
    if len(arguments) < 2:
        print(__doc__)
        return 2
    folder, *labels = map(Path, arguments)
    for each in labels:
        print(f"== {each.name}")
        report(folder, read_rows(each))
    return 0


def report(folder: Path, rows: Sequence[Row]) -> None:
    """Print the tables that suit the kind of labels."""
    answers = [*classified(rows, folder)]
    print(f"{len(answers)} of {len(rows)} rows have a file in {folder}\n")
    if "type" in rows[0]:
        report_types(answers)
    elif "pine_version" in rows[0]:
        report_languages(answers)
    else:
        report_labels(answers)


def read_rows(labels: Path) -> list[Row]:
    """Return the rows of a tab-separated table, of JSON lines or of the examples."""
    if labels.suffix == ".toml":
        files = tomllib.loads(labels.read_text(encoding="utf-8"))["file"]
        return [{**_NO_LABELS, **each, "file": each["path"]} for each in files]
    with labels.open(encoding="utf-8", newline="") as lines:
        if labels.suffix == ".jsonl":
            return [json.loads(line) for line in lines]
        return list(csv.DictReader(lines, delimiter="\t"))


def classified(rows: Iterable[Row], folder: Path) -> Iterable[Answer]:
    """Classify the file of each row that has one."""
    for row in rows:
        name = row.get("file") or f"{row['sha256']}.{extension(row)}"
        path = folder / name
        if path.is_file():
            # What is asked of types is what is known before any strategy.
            level: Level = "full" if "primary" in row else "quick"
            yield Answer(row, classify(path.read_bytes(), name, level=level))


def extension(row: Row) -> str:
    """Return the suffix under which a row's file was kept."""
    return str(row.get("ext") or row["path"].rpartition(".")[2].lower())


def owner(answer: Answer) -> str:
    """Return whose repository a row comes from."""
    return str(answer.row["repo"]).partition("/")[0]


def held_out(answer: Answer) -> bool:
    """Tell whether the row's owner is in the fifth that is reported apart."""
    return hashlib.sha256(owner(answer).encode()).digest()[0] % 5 == 0


Pair = tuple[str, str]
"""What is right, what was said."""


def report_types(answers: Sequence[Answer]) -> None:
    """Print accuracy, macro-F1 and confusion of program types."""

    def pair(answer: Answer) -> Pair:
        return str(answer.row["type"]).removeprefix("pine_"), answer.record.kind

    def language(answer: Answer) -> str:
        return str(answer.row["language"])

    programs = [each for each in answers if language(each) in {"mq4", "mq5"}]
    show_accuracy("mq4 and mq5", programs, pair)
    for name in sorted({language(each) for each in answers}):
        rows = [each for each in answers if language(each) == name]
        show_accuracy(name, rows, pair)
    show_all(answers, pair)
    show_calibration(answers, pair)


def report_languages(answers: Sequence[Answer]) -> None:
    """Print accuracy by kind of row, of headers and of distractors."""

    def pair(answer: Answer) -> Pair:
        wanted = str(answer.row["language"])
        known = wanted if wanted in {"mql4", "mql5", "pine"} else "unknown"
        return known, answer.record.language

    headers = [each for each in answers if "mqh" in each.row["kind"]]
    others = [each for each in answers if "mqh" not in each.row["kind"]]
    for kind in sorted({each.row["kind"] for each in answers}):
        show_accuracy(
            kind, [each for each in answers if each.row["kind"] == kind], pair
        )
    print()
    committed = [each for each in headers if each.record.language in {"mql4", "mql5"}]
    share = len(committed) / max(1, len(headers))
    show_accuracy(f".mqh where it commits ({share:.2f} of them)", committed, pair)
    foreign = [each for each in answers if pair(each)[0] == "unknown"]
    taken = sum(each.record.language != "unknown" for each in foreign)
    print(f"distractors taken for MQL or Pine: {taken} of {len(foreign)}")
    pine = [each for each in answers if each.row["pine_version"]]
    right = sum(
        str(each.record.language_version) == each.row["pine_version"] for each in pine
    )
    print(f"Pine versions right: {right} of {len(pine)}\n")
    show_accuracy("all rows but .mqh", others, pair)
    either = [*others, *committed, *(e for e in headers if e.record.language == "mql")]
    show_accuracy("all rows, `mql` right for .mqh", either, lenient(pair))
    show_all(others, pair)
    show_calibration(others, pair)


def lenient(pair: Callable[[Answer], Pair]) -> Callable[[Answer], Pair]:
    """Return `pair` with `mql` counted as right for a header."""

    def forgiving(answer: Answer) -> Pair:
        wanted, said = pair(answer)
        return (said, said) if said == "mql" else (wanted, said)

    return forgiving


def report_labels(answers: Sequence[Answer]) -> None:
    """Print F1 of strategies, risk and hygiene, and how often the primary is right."""
    primary = sum(each.record.primary == each.row["primary"] for each in answers)
    print(f"primary strategy right: {primary / len(answers):.3f}")
    for field in ("strategies", "risk", "hygiene", "symbols", "timeframes"):
        show_f1(field, [(set(each.row[field]), said(each, field)) for each in answers])
    show_reliability(answers)
    show_readers([each.row for each in answers if each.row.get("second")])


def show_reliability(answers: Sequence[Answer]) -> None:
    """Print, for each tenth of confidence, the share of records that were right.

    A record is right when its kind and its primary strategy are; then, what is right
    of each primary that is said, from which the confidence is reckoned.
    """
    tenths: dict[int, list[Answer]] = defaultdict(list)
    said: dict[str, list[bool]] = defaultdict(list)
    for each in answers:
        tenths[min(9, int(10 * each.record.confidence))].append(each)
        same = each.record.primary == each.row["primary"]
        said[each.record.primary or "none"].append(same)
    print("\nconfidence said, share right, rows")
    for _, group in sorted(tenths.items()):
        mean = sum(each.record.confidence for each in group) / len(group)
        right = sum(_is_right(each) for each in group) / len(group)
        print(f"  {mean:.3f}  {right:.3f}  {len(group):5}")
    print("\nprimary said, right, of")
    for label, right_ones in sorted(said.items()):
        print(f"  {label:20} {sum(right_ones):4} {len(right_ones):4}")


def _is_right(answer: Answer) -> bool:
    kind = answer.row.get("kind")
    return answer.record.primary == answer.row["primary"] and (
        kind is None or kind == answer.record.kind
    )


def show_readers(rows: Sequence[Row]) -> None:
    """Print how far two readers of the same files agree: what can be reached."""
    print(f"\n{len(rows)} rows have a second reader")
    if not rows:
        return
    same = sum(row["primary"] == row["second"]["primary"] for row in rows)
    print(f"primary strategy agreed: {same / len(rows):.3f}")
    for field in ("strategies", "risk", "hygiene", "symbols", "timeframes"):
        both = [(set(row[field]), set(row["second"][field])) for row in rows]
        found = sum(len(first & second) for first, second in both)
        missed = sum(len(first - second) for first, second in both)
        wrong = sum(len(second - first) for first, second in both)
        print(f"{field + ', micro-F1':24} {f1(found, missed, wrong):.3f}")


def said(answer: Answer, field: str) -> set[str]:
    """Return the codes that a record has in one of its fields."""
    values = getattr(answer.record, field) or ()
    return {each if isinstance(each, str) else each.label for each in values}


def show_f1(field: str, pairs: Sequence[tuple[set[str], set[str]]]) -> None:
    """Print micro and macro F1 of a field with several labels, worst labels first."""
    found, missed, wrong = Counter[str](), Counter[str](), Counter[str]()
    for wanted, labels in pairs:
        found.update(wanted & labels)
        missed.update(wanted - labels)
        wrong.update(labels - wanted)
    micro = f1(found.total(), missed.total(), wrong.total())
    each = {
        label: f1(found[label], missed[label], wrong[label])
        for label in found | missed | wrong
    }
    wanted_labels = [each[label] for label in each if found[label] + missed[label]]
    macro = sum(wanted_labels) / max(1, len(wanted_labels))
    print(f"\n{field}: micro-F1 {micro:.3f}, macro-F1 {macro:.3f}")
    if len(each) <= 30:
        for label in sorted(each, key=lambda name: each[name]):
            counts = (
                f"{found[label]} found, {missed[label]} missed, {wrong[label]} wrong"
            )
            print(f"  {label:22} {each[label]:.2f}  {counts}")


def f1(found: int, missed: int, wrong: int) -> float:
    """Return the harmonic mean of precision and recall."""
    return 2 * found / max(1, 2 * found + missed + wrong)


def show_accuracy(
    title: str, answers: Sequence[Answer], pair: Callable[[Answer], Pair]
) -> None:
    """Print the share of right answers."""
    pairs = [pair(each) for each in answers]
    right = sum(wanted == given for wanted, given in pairs)
    share = right / len(pairs) if pairs else 0.0
    print(f"{title:45} {right:5} of {len(pairs):5}  {share:.4f}")


def show_all(answers: Sequence[Answer], pair: Callable[[Answer], Pair]) -> None:
    """Print the whole set, the owners of one fifth, the worst owners."""
    show_accuracy("all", answers, pair)
    apart = [each for each in answers if held_out(each)]
    show_accuracy(f"{len(set(map(owner, apart)))} owners of one fifth", apart, pair)
    show_confusion([pair(each) for each in answers])
    by_owner: dict[str, list[Answer]] = defaultdict(list)
    for each in answers:
        by_owner[owner(each)].append(each)

    def share(name: str) -> float:
        pairs = [pair(each) for each in by_owner[name]]
        return sum(wanted == given for wanted, given in pairs) / len(pairs)

    print("\nworst owners")
    for name in sorted(by_owner, key=share)[:5]:
        show_accuracy(f"  {name}", by_owner[name], pair)


def show_confusion(pairs: Sequence[Pair]) -> None:
    """Print macro-F1 and what was taken for what."""
    counts = Counter(pairs)
    labels = sorted({label for pair in pairs for label in pair})
    scores = [
        f1(
            counts[label, label],
            sum(counts[label, given] for given in labels if given != label),
            sum(counts[wanted, label] for wanted in labels if wanted != label),
        )
        for label in labels
        if any(counts[label, given] for given in labels)
    ]
    print(f"macro-F1 {sum(scores) / len(scores):.4f}\n")
    print(f"{'is / said':12}" + "".join(f"{label:>10}" for label in labels))
    for wanted in labels:
        cells = "".join(f"{counts[wanted, given]:>10}" for given in labels)
        print(f"{wanted:12}{cells}")


def show_calibration(answers: Sequence[Answer], pair: Callable[[Answer], Pair]) -> None:
    """Print, for each confidence said, the share that was right."""
    groups: dict[float, list[bool]] = defaultdict(list)
    for each in answers:
        wanted, given = pair(each)
        groups[each.record.confidence].append(wanted == given)
    print("\nconfidence said, share right, rows")
    for confidence, right in sorted(groups.items()):
        print(f"  {confidence:.3f}  {sum(right) / len(right):.3f}  {len(right):5}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
