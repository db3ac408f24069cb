"""Commands and parameters by the guide's names, and what is wrong with one."""

import difflib
import time
from collections.abc import Iterable, Mapping
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from orquestrador.messages import Level

Parameters = dict[str, Any]

LEVELS: dict[str, Level] = {"completo": "full", "rapido": "quick"}

COMMANDS = (
    "backup_completo",
    "classificar_diretorio",
    "classificar_tudo",
    "demo_completo",
    "gerar_relatorio_executivo",
    "monitorar_tempo_real",
    "parar_sistema",
    "status_sistema",
)

_Seconds = Annotated[float, Meta(ge=0)]
_FORMS: dict[str, tuple[Any, str]] = {
    "backup_auto": (bool, "true ou false"),
    "diretorio": (str | list[str], "uma pasta ou uma lista de pastas"),
    "duracao": (_Seconds, "segundos, 0 ou mais"),
    "formatos": (list[str], "uma lista de formatos"),
    "gerar_relatorios": (bool, "true ou false"),
    "monitoramento": (bool, "true ou false"),
    "nivel": (str, "'completo' ou 'rapido'"),
    "timeout": (_Seconds, "segundos, 0 ou mais"),
}


class ParameterError(Exception):
    """A parameter's value that cannot be used; says what is allowed."""


class UnknownNameError(ParameterError):
    """A command or parameter that the guide does not have; names the nearest."""

    def __init__(self, what: str, name: str, known: Iterable[str]) -> None:
        near = difflib.get_close_matches(name, list(known), n=1)
        hint = f"; quis dizer {near[0]!r}?" if near else ""
        super().__init__(f"{what}: {name!r}{hint}")


def check_command(name: str) -> None:
    """Raise `UnknownNameError` for a command that there is not."""
    if name not in COMMANDS:
        raise UnknownNameError("comando desconhecido", str(name), COMMANDS)


def checked(given: Mapping[str, Any]) -> Parameters:
    """Return parameters that can be used.

    Raises:
        UnknownNameError: for a name that the guide does not have.
        ParameterError: for a value that the parameter does not allow.

    """
    for name, value in given.items():
        if name not in _FORMS:
            raise UnknownNameError("parâmetro desconhecido", str(name), _FORMS)
        form, words = _FORMS[name]
        try:
            msgspec.convert(value, form)
        except msgspec.ValidationError as error:
            raise ParameterError(
                f"parâmetro {name!r}: {value!r} não serve; diga {words}"
            ) from error
    if given.get("nivel", "completo") not in LEVELS:
        raise ParameterError(
            f"parâmetro 'nivel': {given['nivel']!r} não serve; diga 'completo' ou "
            "'rapido'"
        )
    return dict(given)


class Limit:
    """Until when a command has to answer."""

    def __init__(self, seconds: float) -> None:
        """Begin now."""
        self.seconds = seconds
        self._until = time.monotonic() + seconds

    def left(self) -> float:
        """Return the seconds that are left, 0.0 once it is over."""
        return max(0.0, self._until - time.monotonic())
