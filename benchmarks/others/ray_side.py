"""Ray: actors that are processes, on a cluster of this one machine."""

# pyright: reportMissingImports=false, reportUnknownMemberType=false
# pyright: reportUnknownVariableType=false

import time
from typing import Any

import ray
from sides import PING, Side


class Receiver:
    """Counts what it is told, and gives it back."""

    handled = 0

    def receive(self, message: object) -> object:
        """Count a message and give it back."""
        self.handled += 1
        return message


RayActor: Any = ray.remote(num_cpus=0)(Receiver)


class RaySide(Side):
    """One actor of a cluster that is started for it."""

    name = "ray"

    def __init__(self) -> None:
        """Start the cluster and the actor."""
        ray.init(include_dashboard=False, log_to_driver=False, configure_logging=False)
        self._actor: Any = self._start()

    def tells(self, count: int) -> float:
        """Send messages, until the last one is handled."""
        began = time.perf_counter()
        for _ in range(count):
            self._actor.receive.remote(PING)
        ray.get(self._actor.receive.remote(PING))
        return count / (time.perf_counter() - began)

    def asks(self, count: int) -> float:
        """Ask questions, one after the other."""
        began = time.perf_counter()
        for _ in range(count):
            ray.get(self._actor.receive.remote(PING))
        return count / (time.perf_counter() - began)

    def starts(self, count: int) -> float:
        """Start an actor and stop it, one after the other."""
        began = time.perf_counter()
        for _ in range(count):
            ray.kill(self._start())
        return count / (time.perf_counter() - began)

    def _start(self) -> Any:  # noqa: ANN401 -- a handle of Ray's
        actor: Any = RayActor.remote()
        # `remote` does not wait: the answer does.
        ray.get(actor.receive.remote(PING))
        return actor

    def end(self) -> None:
        """Stop the cluster."""
        ray.shutdown()


side = RaySide
