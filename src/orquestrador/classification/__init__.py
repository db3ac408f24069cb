"""From bytes to a record: text, tokens, facts, then labels with their evidence."""

from orquestrador.classification.classify import classify

__all__ = ["classify"]
