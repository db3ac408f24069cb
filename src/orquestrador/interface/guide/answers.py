"""The answer of a command of the guide: a dictionary that is ready for JSON."""

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from orquestrador.errors import (
    CatalogError,
    LibraryError,
    LibraryInUseError,
    MessageError,
    OperationTimeoutError,
    OrquestradorError,
    RemoteError,
    RunFailedError,
    SettingsError,
    SnapshotError,
)
from orquestrador.interface.guide.parameters import (
    COMMANDS,
    ParameterError,
    Parameters,
    UnknownNameError,
    check_command,
    checked,
)

Answer = dict[str, Any]

PARTS = {
    "start": "o início do sistema",
    "classification": "a classificação",
    "snapshot": "o backup",
    "report": "os relatórios",
    "stop": "a parada do sistema",
}
"""What can take too long."""

_WHAT: tuple[tuple[type[Exception], str], ...] = (
    (LibraryInUseError, "a biblioteca está em uso por outro programa"),
    (RunFailedError, "a operação falhou"),
    (LibraryError, "a biblioteca não pode ser usada"),
    (SettingsError, "as configurações não podem ser usadas"),
    (CatalogError, "o catálogo não pode ser lido ou gravado"),
    (SnapshotError, "o backup falhou"),
    (RemoteError, "o sistema em execução não atendeu"),
    (MessageError, "um valor não é permitido"),
    (OSError, "o sistema operacional recusou"),
)
"""What an error means, the more special ones first."""


class StoppedError(OrquestradorError):
    """The system was stopped while a command was at work; in the guide's words."""


def answer_to(
    command: str,
    parameters: Mapping[str, Any] | None,
    work: Callable[[Parameters], Answer],
) -> Answer:
    """Have a command done; an error of ours is an answer, a signal's passes.

    Args:
        command: one of `COMMANDS`; another is an answer too.
        parameters: by the guide's names, unchecked.
        work: does it; returns what it adds to the answer.

    """
    answer: Answer = {
        "comando": command,
        "sucesso": True,
        "erro": None,
        "inicio": now(),
        "arquivos_processados": 0,
        "arquivos_classificados": 0,
        "erros": [],
        "diretorios_processados": [],
        "relatorios_gerados": [],
        "backup_realizado": False,
    }
    try:
        check_command(command)
        answer |= work(checked(parameters or {}))
    except UnknownNameError as error:
        answer |= failure(str(error)) | {"comandos_disponiveis": list(COMMANDS)}
    except ParameterError as error:
        answer |= failure(str(error))
    except OrquestradorError as error:
        answer |= failure(in_words(error))
    except TimeoutError:
        # Not one of ours: it comes from a signal handler of the caller's.
        raise
    except OSError as error:
        answer |= failure(in_words(error))
    ended = now()
    return answer | {"fim": ended, "timestamp": ended}


def failure(words: str) -> Answer:
    """Return what an answer says when its command has failed."""
    return {"sucesso": False, "erro": words}


def in_words(error: Exception) -> str:
    """Say an error in Portuguese; details of the library stay as they are."""
    if isinstance(error, OperationTimeoutError):
        return timed_out(error)
    if isinstance(error, StoppedError):
        return str(error)
    what = [words for kind, words in _WHAT if isinstance(error, kind)]
    return f"{what[0] if what else 'erro'}: {error}"


def timed_out(error: OperationTimeoutError) -> str:
    """Name the parts that have not ended within the limit."""
    parts = " e ".join(PARTS.get(each, each) for each in error.parts)
    verb = "não terminaram" if len(error.parts) > 1 else "não terminou"
    if error.parts == ("report",):
        verb = "não terminaram"
    return f"tempo esgotado: {parts} {verb}; o que foi feito até agora fica guardado"


def now() -> str:
    """Return the time now, ISO 8601 with the offset."""
    return dt.datetime.now().astimezone().isoformat(timespec="milliseconds")
