"""The few private names of Pykka that a drop-in replacement needs."""

from pykka._introspection import get_attr_directly as attribute_at
from pykka.messages import (
    _ActorStop as StopRequest,  # pyright: ignore[reportPrivateUsage]
)

__all__ = ["StopRequest", "attribute_at"]
