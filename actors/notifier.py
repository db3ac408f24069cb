"""The notifier's actor: tells people of alerts, in their language."""

import logging
from typing import assert_never

from orquestrador.config import AlertSettings
from orquestrador.errors import NotificationError
from orquestrador.messages.monitor import (
    AlertState,
    AlertTold,
    Sink,
    SinkTried,
    TellAgain,
    TellAlert,
    TrySink,
)
from orquestrador.monitoring.notifying import send, sinks_on
from orquestrador.supervisor.protocol import ProtocolActor, handles
from orquestrador.words import Words

logger = logging.getLogger(__name__)

_PAUSES_S = (30.0, 120.0, 600.0)
"""Before a message that could not be sent is tried again."""


class NotifierActor(ProtocolActor[TellAlert | TrySink]):
    """Sends each alert once in every way that is turned on.

    It is apart from the monitor because a mail server may take its time. What could
    not be sent is tried again, later and later, and then given up in the log.

    Private state: what is to be tried again; it is lost with an incarnation.
    """

    def __init__(self, settings: AlertSettings, words: Words) -> None:
        """Speak the language of `words`."""
        super().__init__()
        self._settings = settings
        self._words = words

    @handles(TellAlert)
    def _tell_alert(self, message: TellAlert) -> AlertTold:
        for sink in sinks_on(self._settings):
            self._tell(message.alert, sink, 0)
        return AlertTold(alert=message.alert)

    @handles(TellAgain)
    def _tell_again(self, message: TellAgain) -> None:
        self._tell(message.alert, message.sink, message.attempt)

    @handles(TrySink)
    def _try_sink(self, message: TrySink) -> SinkTried:
        # Loaded with the first alert: nothing else needs any of it.
        from orquestrador.reports.alert_words import trial  # noqa: PLC0415 -- loaded when it is used

        if message.sink == "log":
            logger.info("%s: %s", *trial(self._words))
            return SinkTried(sink=message.sink, problem=None)
        problem = None
        try:
            send(message.sink, self._settings, *trial(self._words))
        except NotificationError as error:
            problem = str(error)
        return SinkTried(sink=message.sink, problem=problem)

    def _tell(self, alert: AlertState, sink: Sink, attempt: int) -> None:
        from orquestrador.reports.alert_words import sentence, title  # noqa: PLC0415 -- as above

        if sink == "log":
            _log(alert, title(alert, self._words), sentence(alert, self._words))
            return
        try:
            send(
                sink,
                self._settings,
                title(alert, self._words),
                sentence(alert, self._words),
            )
        except NotificationError as error:
            if attempt >= len(_PAUSES_S):
                logger.error("An alert could not be sent, given up: %s", error)  # noqa: TRY400 -- the reason is all there is
                return
            logger.warning("An alert could not be sent, tried again: %s", error)
            again = TellAgain(alert=alert, sink=sink, attempt=attempt + 1)
            key = (alert.rule, alert.subject, alert.standing, sink)
            self.timers.start_once(key, _PAUSES_S[attempt], again)


def _log(alert: AlertState, title: str, sentence: str) -> None:
    match alert.standing:
        case "firing":
            logger.warning("%s: %s", title, sentence)
        case "resolved" | "ok" | "pending":
            logger.info("%s: %s", title, sentence)
        case _:
            assert_never(alert.standing)
