"""The guide's functions: a folder in a thread of the user's own, data, and sources."""

import os
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from orquestrador.classification.decoding import decode
from orquestrador.interface.guide.answers import Answer
from orquestrador.interface.guide.central import OrquestradorCentral
from orquestrador.interface.guide.place import Place
from orquestrador.state import state_path
from orquestrador.user_data import UserData

_lock = threading.Lock()
_centrals: dict[Path, OrquestradorCentral] = {}
_stores: dict[Path, UserData] = {}


def processar_diretorio(
    diretorio: str | os.PathLike[str],
    parametros: Mapping[str, Any] | None = None,
    *,
    base_path: str | os.PathLike[str] = ".",
) -> Answer:
    """Classify one folder, in the thread that calls this.

    Threads that call it at the same time share one system, which is kept until the
    interpreter ends; a folder that is missing is that call's `erro`.

    Args:
        diretorio: absolute, or relative to `base_path`.
        parametros: see `OrquestradorCentral.executar_comando_completo`.
        base_path: the guide's folder; the current folder if not given.

    """
    place = Path(base_path).expanduser().absolute()
    with _lock:
        central = _centrals.setdefault(place, OrquestradorCentral(place))
    given = dict(parametros or {}) | {"diretorio": os.fspath(diretorio)}
    return central.executar_comando_completo("classificar_diretorio", given)


def atualizar_catalogo_seguro(
    dados: Mapping[str, Mapping[str, Any]], *, base_path: str | os.PathLike[str] = "."
) -> int:
    """Keep the user's own data about files; on the disk when this returns.

    Any number of threads and processes may call it at once, and every update is
    kept. A file's `tags` are added to those it has, `labels` are set one by one,
    `note` takes the place of an earlier one; None takes away what there is.

    Args:
        dados: by the file's path in the library, `{"tags": [...], "note": "...",
            "labels": {...}}`, each of the three if wanted.
        base_path: the guide's folder; the current folder if not given.

    Returns:
        How many files' data were kept.

    Raises:
        MessageValueError: if `dados` has another form; nothing is kept then.
        OSError: if it cannot be written; nothing is kept then.

    """
    return _store(base_path).update(dados)


def dados_do_catalogo(
    *, base_path: str | os.PathLike[str] = "."
) -> dict[str, dict[str, Any]]:
    """Return the user's own data, by path, with what other processes have kept.

    Args:
        base_path: the guide's folder; the current folder if not given.

    """
    return _store(base_path).read()


def read_source(path: str | os.PathLike[str]) -> tuple[str, str | None]:
    """Read a source file as the classification does, whatever its encoding.

    Returns:
        The text (without its byte order mark; what cannot be read is U+FFFD) and the
        encoding, Python's name of the codec; `("", None)` when the file is no text,
        such as an archive or a compiled program.

    Raises:
        OSError: if it cannot be read.

    """
    found = decode(Path(path).expanduser().read_bytes())
    return found.text, found.encoding


def _store(base_path: str | os.PathLike[str]) -> UserData:
    state = state_path(Place(base_path).library)
    with _lock:
        return _stores.setdefault(state, UserData(state))
