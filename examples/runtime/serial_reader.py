"""Reads a device on a serial line, whatever the device does.

    python examples/runtime/serial_reader.py --readings 20

The tree:

    scale         one_for_one
    ├── recorder  keeps what was measured, and is not concerned by the rest
    └── reader    owns the port; opens it when it starts, closes it when it ends

The device (`device.py`; put pyserial in its place) sends nonsense, is unplugged, and
hangs. The reader mends none of it:

- Nonsense: it fails, and the next incarnation begins with a freshly opened port.
- Unplugged: it fails, and then fails to start. `backoff` lets half a second pass
  at most between attempts, for as long as it takes.
- Hanging: `stuck_after_s` fences it. Its thread still holds the port, which can be
  opened once. So the open port is kept where the next incarnation finds it, in a
  `PortHolder`, and is closed before it is opened again; that also wakes the old thread.
"""

import argparse
import statistics
import sys
from collections.abc import Callable

from device import Port, Scale

from orquestrador.messages import Message, Request
from orquestrador.supervisor import (
    Actor,
    ActorSystem,
    Backoff,
    ChildEvent,
    ChildFailed,
    ChildSpec,
    ChildStarted,
    LaterReply,
    Supervisor,
    SupervisorFlags,
)


class Measured(Message):
    """One weight."""

    kilograms: float


class Summary(Message):
    """What was measured so far."""

    readings: int
    mean: float


class GetSummary(Request[Summary]):
    """Ask for a summary, to be given once there are so many readings."""

    readings: int


class ReadNext(Message):
    """The reader's word to itself."""


class Recorder(Actor):
    """Keeps what was measured."""

    def __init__(self) -> None:
        super().__init__()
        self._weights: list[float] = []
        self._asked: list[tuple[int, LaterReply]] = []

    def on_receive(self, message: Measured | GetSummary) -> None:
        """Take a weight, or a question."""
        match message:
            case Measured(kilograms=kilograms):
                self._weights.append(kilograms)
            case GetSummary(readings=readings):
                self._asked.append((readings, self.reply_later()))
        self._answer()

    def _answer(self) -> None:
        due = [each for each in self._asked if each[0] <= len(self._weights)]
        for each in due:
            self._asked.remove(each)
            mean = statistics.fmean(self._weights)
            each[1].set(Summary(readings=len(self._weights), mean=mean))


class PortHolder:
    """The one thing that outlives an incarnation of the reader: the open port."""

    def __init__(self, open_port: Callable[[], Port]) -> None:
        self._open_port = open_port
        self._port: Port | None = None

    def reopen(self) -> Port:
        """Close what an earlier incarnation has left open, and open it anew."""
        self.close()
        self._port = self._open_port()
        return self._port

    def close(self) -> None:
        """Let go of the port; harmless when it is not open."""
        port, self._port = self._port, None
        if port is not None:
            port.close()


class Reader(Actor):
    """Reads line after line, and tells the recorder."""

    def __init__(self, holder: PortHolder) -> None:
        super().__init__()
        self._holder = holder
        self._recorder = self.system.ref("recorder")
        self._port: Port

    def on_start(self) -> None:
        """Open the port; fails while there is no device."""
        self._port = self._holder.reopen()
        self.tell_self(ReadNext())

    def on_receive(self, message: ReadNext) -> None:
        """Read one line. In between, other messages have their turn: a stop, say."""
        self._recorder.tell(Measured(kilograms=weight(self._port.readline())))
        self.tell_self(message)

    def on_stop(self) -> None:
        """Close the port; the next start does it after a failure."""
        self._holder.close()


def weight(line: bytes) -> float:
    """Return what a line of the scale says.

    Raises:
        ValueError: if it is not of the form `S 12.345 kg`.

    """
    match line.split():
        case [b"S", number, b"kg"]:
            return float(number)
        case _:
            raise ValueError(f"not a line of this scale: {line!r}")


def tree(scale: Scale) -> list[ChildSpec]:
    """Return the specs of recorder and reader."""
    return [
        ChildSpec(id="recorder", actor=Recorder),
        ChildSpec(
            id="reader",
            actor=Reader,
            args=(PortHolder(scale.open),),
            backoff=Backoff(minimum_s=0.05, maximum_s=0.5),
            stuck_after_s=0.5,
        ),
    ]


def tell_of(event: ChildEvent) -> None:
    """Print what went wrong, and that it goes on."""
    match event:
        case ChildFailed():
            print(f"! {event.child} failed: {event.reason}", flush=True)
        case ChildStarted() if event.incarnation > 1:
            print(f"! {event.child} is back (incarnation {event.incarnation})")
        case _:
            return


def main() -> int:
    """Read so many weights, then stop."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--readings", type=int, default=20, metavar="N")
    options = parser.parse_args()
    system = ActorSystem()
    system.events.subscribe(ChildEvent, tell_of)
    # With these delays a device that is gone makes some two attempts a second.
    flags = SupervisorFlags(intensity=150, period_s=60.0)
    Supervisor.start(flags, tree(Scale()), system=system, name="scale")
    recorder = system.ref("recorder")
    summary = recorder.ask(GetSummary(readings=options.readings), timeout=60.0)
    system.stop(timeout=5.0)
    # What happened is told by another thread; all of it before the result.
    system.events.flush(timeout=5.0)
    print(f"{summary.readings} readings, {summary.mean:.3f} kg on average")
    return 0


if __name__ == "__main__":
    sys.exit(main())
