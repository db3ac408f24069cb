"""What is used of pyarrow's file systems."""

from enum import Enum
from types import TracebackType
from typing import Self, overload

class FileType(Enum):
    NotFound = 0
    Unknown = 1
    File = 2
    Directory = 3

class FileInfo:
    path: str
    base_name: str
    size: int | None
    type: FileType
    is_file: bool

class FileSelector:
    def __init__(
        self, base_dir: str, allow_not_found: bool = ..., recursive: bool = ...
    ) -> None: ...

class NativeFile:
    def __enter__(self) -> Self: ...
    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...
    def read(self, nbytes: int | None = None) -> bytes: ...
    def write(self, data: bytes) -> int: ...

class FileSystem:
    type_name: str
    @staticmethod
    def from_uri(uri: str) -> tuple[FileSystem, str]: ...
    @overload
    def get_file_info(self, asked: str) -> FileInfo: ...
    @overload
    def get_file_info(self, asked: FileSelector) -> list[FileInfo]: ...
    def create_dir(self, path: str, *, recursive: bool = ...) -> None: ...
    def delete_file(self, path: str) -> None: ...
    def move(self, src: str, dest: str) -> None: ...
    def open_input_stream(self, path: str) -> NativeFile: ...
    def open_output_stream(self, path: str) -> NativeFile: ...

class LocalFileSystem(FileSystem): ...
