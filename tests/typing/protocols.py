"""What mypy and pyright make of declared protocols; read by `test_protocols.py`.

A line that must be refused says so to both checkers. Either complains about such a
word where nothing is wrong: so each line is checked, the good and the bad.
"""

# The handlers are called by the runtime alone.
# pyright: reportUnusedFunction=false, reportUnusedClass=false

from typing import Any, assert_type

import pykka

from orquestrador.messages import Message, Request
from orquestrador.supervisor import (
    Actor,
    ActorRef,
    ActorSystem,
    LaterReply,
    ProtocolActor,
    ProtocolRef,
    Receives,
    handles,
)


class CatalogStatistics(Message):
    files: int


class GetCatalogStatistics(Request[CatalogStatistics]):
    pass


class CountFiles(Request[int]):
    folder: str


class Forget(Message):
    path: str


class Other(Request[str]):
    """A request that the catalog does not accept."""


CatalogProtocol = GetCatalogStatistics | CountFiles | Forget


class CatalogActor(ProtocolActor[CatalogProtocol]):
    @handles(GetCatalogStatistics)
    def _statistics(self, message: GetCatalogStatistics) -> CatalogStatistics:
        assert_type(self.actor_ref, ProtocolRef[CatalogProtocol])
        self.actor_ref.tell(Forget(path="a"))
        self.actor_ref.tell(Other())  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
        return CatalogStatistics(files=1)

    @handles(CountFiles)
    def _count(self, message: CountFiles) -> int | LaterReply:
        return len(message.folder) or self.reply_later()

    @handles(Forget)
    def _forget(self, message: Forget) -> None: ...


# -- asks and tells -------------------------------------------------------------


def ask(ref: ProtocolRef[CatalogProtocol]) -> None:
    assert_type(ref.ask(GetCatalogStatistics()), CatalogStatistics)
    assert_type(ref.ask(GetCatalogStatistics(), timeout=1.0), CatalogStatistics)
    assert_type(ref.ask(CountFiles(folder="a"), block=True), int)
    assert_type(ref.ask(CountFiles(folder="a"), block=False), pykka.Future[int])
    assert_type(ref.ask(CountFiles(folder="a"), block=False).get(), int)
    ref.ask(Other())  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    ref.ask("text")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
    # It is told, and answers nothing.
    ref.ask(Forget(path="a"))  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]


async def ask_async(ref: ProtocolRef[CatalogProtocol], any_: ActorRef[Any]) -> None:
    assert_type(await ref.ask_async(GetCatalogStatistics()), CatalogStatistics)
    assert_type(await any_.ask_async(GetCatalogStatistics()), CatalogStatistics)
    await ref.ask_async(Other())  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def tell(ref: ProtocolRef[CatalogProtocol]) -> None:
    ref.tell(Forget(path="a"))
    ref.tell(GetCatalogStatistics())
    ref.tell(Other())  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    ref.tell(Forget)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def ask_without_protocol(ref: ActorRef[Any]) -> None:
    assert_type(ref.ask(GetCatalogStatistics()), CatalogStatistics)
    assert_type(ref.ask(Other(), block=False), pykka.Future[str])
    assert_type(ref.ask("anything", block=True), Any)
    ref.tell("anything")


# -- where typed refs come from ---------------------------------------------------


def start(system: ActorSystem) -> None:
    assert_type(CatalogActor.start(), ProtocolRef[CatalogProtocol])
    by_name = system.ref("catalog", CatalogActor)
    assert_type(by_name, ProtocolRef[CatalogProtocol])
    assert_type(by_name.ask(CountFiles(folder="a")), int)
    assert_type(system.ref("catalog"), ActorRef[Any])


def narrow(ref: ProtocolRef[CatalogProtocol]) -> None:
    less: ProtocolRef[Forget] = ref
    less.tell(Forget(path="a"))
    more: ProtocolRef[CatalogProtocol | Other] = ref  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]
    more.tell(Other())
    receives: Receives[Forget] = ref
    receives.tell(Forget(path="a"))


# -- requests of one actor to another -----------------------------------------------


class Asking(Actor):
    def ask_others(
        self, ref: ProtocolRef[CatalogProtocol], any_: ActorRef[Any]
    ) -> None:
        self.request(ref, GetCatalogStatistics())
        self.request(ref, Other())  # type: ignore[misc]  # pyright: ignore[reportArgumentType]
        self.request(any_, Other())


# -- handlers ---------------------------------------------------------------------


class WrongReply(ProtocolActor[CountFiles]):
    @handles(CountFiles)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    def _count(self, message: CountFiles) -> str:
        return message.folder


class WrongMessage(ProtocolActor[Forget]):
    @handles(Forget)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    def _forget(self, message: CountFiles) -> None: ...


class RepliesToATell(ProtocolActor[Forget]):
    @handles(Forget)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    def _forget(self, message: Forget) -> int:
        return len(message.path)
