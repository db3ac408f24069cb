"""Why a file has no record, or no kind, in the reader's language.

A reason stands in records, in the catalog and in `--json` in English, as one text: a
program may compare it. For people its shape is found here, and what stands in the
places is put into the translation. A reason of no known shape is shown as it is.
"""

import functools

from orquestrador.reports.shapes import Shapes
from orquestrador.words import N_, Words

SHAPES = (
    N_("archive ({kind}), not read"),
    N_("archive ({kind})"),
    N_("compiled program ({kind}), not read"),
    N_("compiled program ({kind})"),
    N_("picture ({kind})"),
    N_("document ({kind})"),
    N_("macOS file attributes"),
    N_("web page"),
    N_("binary"),
    N_("empty"),
    N_("empty (only NUL bytes)"),
    N_("unknown"),
    N_("{language} source"),
    N_("no construct of MQL or Pine Script"),
    N_("Pine Script without indicator(), strategy() or library()"),
    N_("symbolic link, not followed"),
    N_("link to a folder, not followed"),
    N_("named pipe, not opened"),
    N_("socket, not opened"),
    N_("device, not opened"),
    N_("cloud placeholder, not downloaded"),
    N_("is a folder"),
    N_("vanished before it could be read"),
    N_("grew while it was read; the next run reads it again"),
    N_("no permission to read: {why}"),
    N_("cannot be read: {why}"),
    N_("name cannot be used: {why}"),
    N_("{size} MB is over the limit of {limit} MB"),
    N_("classification took longer than {seconds} s and was stopped"),
    N_("classification needed more than {size} MB of memory and was stopped"),
    N_("classification ended the worker process: {why}"),
    N_("classification failed: {why}"),
    N_("did not answer within {seconds} s"),
    N_("no member of the archive has this name"),
    N_("damaged archive: {why}"),
    N_("damaged member: {why}"),
    N_("archive of more than 65,535 members or 4 GB, not read"),
    N_("archive with a list of members of {size} MB, not read"),
    N_("archive of more than {size} MB unpacked"),
    N_("archive in an archive, not entered"),
    N_("encrypted, not read"),
    N_("packed by method {number}, not read"),
    N_("unpacks to more than {times} times its size, not read"),
    N_("holds more than it says, not read"),
)
"""Every reason that the program gives, what it fills in between braces."""


def reason_text(reason: str, words: Words) -> str:
    """Return a reason in the language of `words`."""
    said = _shapes().said(reason, words)
    return reason if said is None else said


@functools.cache
def _shapes() -> Shapes:
    return Shapes(SHAPES)
