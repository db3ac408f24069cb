"""The conversation with the web page's actor."""

from orquestrador.messages.base import Message
from orquestrador.messages.request import Request


class PageLink(Message):
    """How a browser on this computer gets in, once and within a minute."""

    url: str


class GetPageLink(Request[PageLink]):
    """Ask for a fresh link to the page."""
