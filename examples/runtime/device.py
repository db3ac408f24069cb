"""A scale on a serial line that exists only here: what it does wrong, real ones do.

It stands in for pyserial, so that the example runs on any machine. A port can be opened
by one at a time, as on Windows. The scale sends a line now and then. After a while it
sends nonsense, then it is unplugged and plugged in again, then it hangs.
"""

import threading
import time


class PortError(OSError):
    """The port cannot be opened, or was lost."""


class Scale:
    """The device at the other end; weighs a gram more each time."""

    def __init__(self, interval_s: float = 0.02) -> None:
        self.interval_s = interval_s
        self.plugged_in = threading.Event()
        self.plugged_in.set()
        self.port: Port | None = None
        self.lines = 0

    def open(self) -> "Port":
        """Open the port.

        Raises:
            PortError: if it is open already, or there is nothing at its end.

        """
        if not self.plugged_in.is_set():
            raise PortError("no such device: COM7")
        if self.port is not None:
            raise PortError("access denied: COM7 is open already")
        self.port = Port(self)
        return self.port

    def line(self) -> bytes:
        """Return the next line; misbehave now and then."""
        self.lines += 1
        match self.lines:
            case 6:
                return b"\xff\xfe?\r\n"
            case 12:
                self.unplug_for(0.3)
                raise PortError("the device was removed: COM7")
            case 18:
                raise NoAnswerError
            case number:
                return f"S {number:6.3f} kg\r\n".encode("ascii")

    def unplug_for(self, seconds: float) -> None:
        """Pull the plug, and put it in again later."""
        self.plugged_in.clear()
        again = threading.Timer(seconds, self.plugged_in.set)
        again.daemon = True
        again.start()


class NoAnswerError(Exception):
    """The device says nothing any more."""


class Port:
    """An open port."""

    def __init__(self, scale: Scale) -> None:
        self._scale = scale
        self._closed = threading.Event()

    def readline(self) -> bytes:
        """Wait for the next line.

        Raises:
            PortError: if the device is gone, or somebody closed the port meanwhile.

        """
        time.sleep(self._scale.interval_s)
        try:
            return self._scale.line()
        except NoAnswerError:
            self._closed.wait()
            raise PortError("the port was closed: COM7") from None

    def close(self) -> None:
        """Let go of the port; wakes whoever waits for a line."""
        self._closed.set()
        if self._scale.port is self:
            self._scale.port = None
