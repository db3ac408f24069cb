"""The base of every settings section: data that can be sent, with no defaults.

A section is a message without a tag: frozen, made of immutable parts, encodable to
plain data, and checked by its constructor. Its fields have no defaults here; those
stand in `default.json` alone.
"""

from typing import Any, cast, dataclass_transform

import msgspec

from orquestrador.messages.base import Message, MessageMeta


@dataclass_transform(
    frozen_default=True,
    kw_only_default=True,
    field_specifiers=(msgspec.field,),
)
class SettingsMeta(MessageMeta):
    """Makes a section a part of messages: as plain data it has its own keys only."""

    def __new__(
        mcls,
        name: str,
        bases: tuple[type, ...],
        namespace: dict[str, Any],
        **options: Any,  # noqa: ANN401 -- msgspec's own class options
    ) -> "SettingsMeta":
        """Make the class without a tag and refuse a default outside the file."""
        cls = super().__new__(mcls, name, bases, namespace, tag=False, **options)
        for field in msgspec.structs.fields(cast("type[msgspec.Struct]", cls)):
            if not field.required:
                raise TypeError(
                    f"{name}.{field.name} has a default; write it in default.json"
                )
        return cast("SettingsMeta", cls)


class Settings(Message, metaclass=SettingsMeta):
    """One section of the settings; subclass it and annotate the fields.

    The text under a field is its meaning, with unit and range: `config show` prints
    its first paragraph.
    """
