r"""Whether a person is at the other end of standard input.

The terminals of Cygwin and Git for Windows (mintty) are pipes for a Windows program.
Their names say what they are: `\msys-1888ae32e00d56aa-pty0-from-master`.
"""

import re
import sys
from typing import TextIO

_NAME = re.compile(r"\\(?:cygwin|msys)-[0-9a-f]+-pty\d+-(?:from|to)-master(?:-nat)?")


def is_person(stream: TextIO) -> bool:
    """Tell whether a terminal, or mintty's pipe, is behind the stream."""
    return stream.isatty() or is_mintty(_pipe_name(stream))


def is_mintty(name: str) -> bool:
    """Tell whether a pipe of this name is a terminal of Cygwin or MSYS."""
    return _NAME.fullmatch(name) is not None


if sys.platform == "win32":

    def _pipe_name(stream: TextIO) -> str:
        """Return the name of the pipe behind a stream; nothing if there is none."""
        import ctypes  # noqa: PLC0415 -- takes a while
        import msvcrt  # noqa: PLC0415 -- likewise
        from ctypes import wintypes  # noqa: PLC0415 -- likewise

        class FileNameInfo(ctypes.Structure):
            _fields_ = (
                ("length", wintypes.DWORD),
                ("name", wintypes.WCHAR * 260),
            )

        found = FileNameInfo()
        kernel = ctypes.WinDLL("kernel32")
        # 2 is FileNameInfo among what can be asked of a handle.
        if not kernel.GetFileInformationByHandleEx(
            wintypes.HANDLE(msvcrt.get_osfhandle(stream.fileno())),
            2,
            ctypes.byref(found),
            ctypes.sizeof(found),
        ):
            return ""
        # The length is in bytes.
        return str(found.name)[: found.length // 2]

else:

    def _pipe_name(_stream: TextIO) -> str:
        return ""
