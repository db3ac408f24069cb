"""The proxy: Pykka's, for an actor whose instance is replaced at a restart.

Pykka's own keeps the instance it has looked at, dead or not, and looks at no other.
This one looks at whatever instance there is, and keeps none.
"""

from typing import Any, TypeVar, cast

import pykka
from pykka.messages import ProxyGetAttr

from orquestrador.supervisor.pykka_private import introspect_attrs

A = TypeVar("A", bound=pykka.Actor)


class ActorProxy(pykka.ActorProxy[A]):
    """Makes an actor's methods and attributes look like a local object's.

    It works as long as the ref does: over every restart, and during one, when what
    it sends waits in the mailbox like any message.
    """

    def __init__(
        self, *, actor_ref: pykka.ActorRef[A], attr_path: tuple[str, ...] = ()
    ) -> None:
        """Stand for the actor, or for the part of it at `attr_path`.

        Raises:
            pykka.ActorDeadError: if the actor ended for good.

        """
        if not actor_ref.is_alive():
            raise pykka.ActorDeadError(f"{actor_ref} not found")
        self.actor_ref = actor_ref
        self._attr_path = attr_path
        self._actor_proxies = {}
        self._callable_proxies = {}
        self._known_attrs = self._introspect()

    def __eq__(self, other: object) -> bool:
        """Return whether both stand for the same part of the same actor."""
        if not isinstance(other, pykka.ActorProxy):
            return False
        proxy = cast("Any", other)
        same = self.actor_ref is proxy.actor_ref
        return same and self._attr_path == proxy._attr_path

    def __hash__(self) -> int:
        """Return the same over restarts."""
        return hash((self.actor_ref, self._attr_path))

    def __dir__(self) -> list[str]:
        """Return what the actor has, besides what a proxy has."""
        return sorted({*super().__dir__(), *vars(pykka.ActorProxy)})

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 -- an attribute is any object
        """Return a method to call, a part to go into, or a future of a value."""
        path = (*self._attr_path, name)
        if path not in self._known_attrs:
            self._known_attrs = self._introspect()
        info = self._known_attrs.get(path)
        if info is None:
            raise AttributeError(f"{self} has no attribute {name!r}")
        if info.callable:
            if path not in self._callable_proxies:
                self._callable_proxies[path] = pykka.CallableProxy(
                    actor_ref=self.actor_ref, attr_path=path
                )
            return self._callable_proxies[path]
        if info.traversable:
            if path not in self._actor_proxies:
                self._actor_proxies[path] = ActorProxy(
                    actor_ref=self.actor_ref, attr_path=path
                )
            return self._actor_proxies[path]
        return self.actor_ref.ask(ProxyGetAttr(attr_path=path), block=False)

    def _introspect(self) -> Any:  # noqa: ANN401 -- a type private to Pykka
        return introspect_attrs(root=self._looked_at(), proxy=self)

    def _looked_at(self) -> A:
        instance = self.actor_ref._actor_weakref()  # noqa: SLF001 # pyright: ignore[reportPrivateUsage] -- as Pykka's does
        if instance is not None:
            return instance
        # Between two incarnations there is what the class has: that is never called.
        return object.__new__(self.actor_ref.actor_class)
