"""The few private names of Pykka that a drop-in replacement needs."""

from typing import Any

from pykka import _introspection, messages

StopRequest: type[Any] = messages._ActorStop  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
"""What `ref.stop()` sends."""

attribute_at = _introspection.get_attr_directly
"""Finds what a proxy has asked for."""

introspect_attrs = _introspection.introspect_attrs
"""Finds what a proxy can be asked for."""
