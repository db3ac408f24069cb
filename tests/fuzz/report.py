"""What a process of the campaign tells about its inputs."""

import msgspec

LONGEST = 16_384
"""Bytes of an input."""


class Report(msgspec.Struct):
    """What one process did."""

    inputs: int = 0
    programs: int = 0
    """Inputs in which a language was recognised."""

    labelled: int = 0
    """Inputs with at least one strategy or risk label."""

    cpu_s: float = 0.0
    slowest: list[bytes] = []
