"""At the mailbox's door: what a child spec adds to the way of a message.

Everything is chosen once, when the cell is made, and stands in the place of
`Mailbox.append`. So an actor that has none of it pays for none of it.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from orquestrador.errors import RestartingError
from orquestrador.supervisor.bounded import BoundedMailbox, Reject
from orquestrador.supervisor.choices import RestartingAsk
from orquestrador.supervisor.encoding import Encoded, EncodedReply
from orquestrador.supervisor.envelope import Envelope
from orquestrador.supervisor.mailbox import Mailbox
from orquestrador.supervisor.pykka_private import StopRequest

if TYPE_CHECKING:
    from orquestrador.supervisor.cell import Cell

Append = Callable[[Envelope], None]


def mailbox_for(
    cell: "Cell", undeliverable: Callable[[Envelope], None], reject: Reject
) -> Mailbox:
    """Return the mailbox that the spec of a cell asks for.

    Args:
        cell: whose mailbox it is.
        undeliverable: is given every message found after the closing.
        reject: is given every message that is dropped, with its reason.

    """
    spec = cell.spec
    mailbox = Mailbox(undeliverable)
    if spec.mailbox_limit is not None:
        mailbox = BoundedMailbox(
            undeliverable,
            spec=spec,
            name=cell.name,
            now=cell.system.clock.now,
            reject=reject,
        )
    if spec.codec_replies:
        mailbox.append = _encoding_replies(mailbox.append)
    if spec.codec:
        mailbox.append = _encoding(mailbox.append)
    if spec.restarting_ask is RestartingAsk.FAIL:
        mailbox.append = _unless_restarting(cell, mailbox.append)
    return mailbox


def _encoding(append: Append) -> Append:
    def encode_and_append(envelope: Envelope) -> None:
        envelope.message = Encoded(envelope.message)
        append(envelope)

    return encode_and_append


def _encoding_replies(append: Append) -> Append:
    def append_with_reply(envelope: Envelope) -> None:
        if envelope.reply_to is not None:
            envelope.reply_to = EncodedReply(envelope.reply_to)
        append(envelope)

    return append_with_reply


def _unless_restarting(cell: "Cell", append: Append) -> Append:
    def append_or_refuse(envelope: Envelope) -> None:
        if cell.restarting and envelope.reply_to is not None:
            raise restarting(cell)
        append(envelope)

    return append_or_refuse


def restarting(cell: "Cell") -> RestartingError:
    """Return what an asker gets that shall not wait for a restart."""
    return RestartingError(
        f"{cell.ref} is being restarted after incarnation {cell.number}; ask again"
    )


def waits_for_reply(envelope: Envelope) -> bool:
    """Return whether an envelope is an ask or a request that was never begun."""
    return (
        envelope.reply_to is not None
        and envelope.deliveries == 0
        and type(envelope.message) is not StopRequest
    )
