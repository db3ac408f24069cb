"""xoscar: actors that are coroutines in one process, asked over its own channels."""

# pyright: reportMissingImports=false, reportUnknownMemberType=false
# pyright: reportUnknownVariableType=false, reportUntypedBaseClass=false

import asyncio
import time
from typing import Any

import xoscar
from sides import PING, Side

ADDRESS = "127.0.0.1:0"


class XoscarActor(xoscar.Actor):
    """Counts what it is told, and gives it back."""

    handled = 0

    async def receive(self, message: object) -> object:
        """Count a message and give it back."""
        self.handled += 1
        return message


class XoscarSide(Side):
    """One actor in a pool without further processes."""

    name = "xoscar"

    def __init__(self) -> None:
        """Start the pool and the actor."""
        self._runner = asyncio.Runner()
        self._runner.run(self._start())

    async def _start(self) -> None:
        self._pool: Any = await xoscar.create_actor_pool(ADDRESS, n_process=0)
        self._address = self._pool.external_address
        self._ref: Any = await xoscar.create_actor(XoscarActor, address=self._address)

    def tells(self, count: int) -> float:
        """Send messages, until the last one is handled."""

        async def tell() -> None:
            for _ in range(count):
                await self._ref.receive.tell(PING)
            await self._ref.receive(PING)

        began = time.perf_counter()
        self._runner.run(tell())
        return count / (time.perf_counter() - began)

    def asks(self, count: int) -> float:
        """Ask questions, one after the other."""

        async def ask() -> None:
            for _ in range(count):
                await self._ref.receive(PING)

        began = time.perf_counter()
        self._runner.run(ask())
        return count / (time.perf_counter() - began)

    def starts(self, count: int) -> float:
        """Start an actor and stop it, one after the other."""

        async def start() -> None:
            for _ in range(count):
                ref = await xoscar.create_actor(XoscarActor, address=self._address)
                await xoscar.destroy_actor(ref)

        began = time.perf_counter()
        self._runner.run(start())
        return count / (time.perf_counter() - began)

    def end(self) -> None:
        """Stop the pool."""
        self._runner.run(self._pool.stop())
        self._runner.close()


side = XoscarSide
