"""Sketches are compared by what they have in common."""

import random
import struct

import pytest

from orquestrador.messages.sameness import Sketch
from orquestrador.sameness.likeness import Shingles, bands, share


def shingles(hashes: set[int], most: int = 10_000) -> Shingles:
    kept = tuple(sorted(hashes)[:most])
    return Shingles(kept, complete=len(kept) == len(hashes))


def some(dice: random.Random, count: int) -> set[int]:
    return {dice.randrange(1 << 32) for _ in range(count)}


def alike(dice: random.Random, size: int, exact: float) -> tuple[set[int], set[int]]:
    """Make two sets of which that share is common."""
    common = round(size * exact)
    both = some(dice, common)
    left = (size - common) // 2
    return both | some(dice, left), both | some(dice, size - common - left)


def test_shingles_come_out_of_a_sketch_as_they_went_in() -> None:
    packed = struct.pack("<3I", 1, 2, (1 << 32) - 1)
    sketch = Sketch(code=bytes(16), size=9, shingles=packed, complete=True)

    assert Shingles.of(sketch) == Shingles((1, 2, (1 << 32) - 1), complete=True)


def test_the_share_of_complete_sketches_is_exact() -> None:
    first, second = shingles({1, 2, 3, 4}), shingles({2, 3, 4, 5})

    assert share(first, second) == pytest.approx(3 / 5)
    assert share(first, first) == pytest.approx(1.0)
    assert share(first, shingles({9})) == pytest.approx(0.0)


@pytest.mark.parametrize("exact", [0.5, 0.85, 0.97])
def test_the_share_of_others_is_known_to_a_few_hundredths(exact: float) -> None:
    dice = random.Random(exact)
    first, second = alike(dice, 6000, exact)

    assert share(shingles(first, 512), shingles(second, 512)) == pytest.approx(
        exact, abs=0.06
    )
    # One of them may be whole.
    assert share(shingles(first, 512), shingles(second)) == pytest.approx(
        exact, abs=0.06
    )


def test_a_part_of_a_long_source_is_not_the_whole() -> None:
    dice = random.Random(1)
    whole = some(dice, 5000)
    part = set(sorted(whole)[::10])

    assert share(shingles(whole, 512), shingles(part)) < 0.2


def test_what_is_near_has_a_band_in_common_and_what_is_not_seldom_has() -> None:
    dice = random.Random(2)
    found = {0.9: 0, 0.85: 0, 0.1: 0}
    for exact in found:
        for _ in range(200):
            first, second = alike(dice, 400, exact)
            common = {*bands(shingles(first))} & {*bands(shingles(second))}
            found[exact] += bool(common)

    assert found[0.9] >= 198
    assert found[0.85] >= 196
    assert found[0.1] <= 2


def test_few_shingles_have_bands_too() -> None:
    assert len(set(bands(shingles({5})))) == 8
    assert bands(shingles({5})) != bands(shingles({6}))
    assert all(-(1 << 63) <= each < 1 << 63 for each in bands(shingles({5, 70})))
