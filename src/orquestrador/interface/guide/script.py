"""The guide's command line: `python orquestrador_central.py COMANDO [JSON]`."""

import json
import sys
from collections.abc import Sequence
from typing import Any

import msgspec

from orquestrador.interface.guide.central import OrquestradorCentral


def main(arguments: Sequence[str]) -> int:
    """Run the script: prints the answer as JSON, UTF-8; returns the exit status."""
    if not arguments or len(arguments) > 2:
        words = "uso: python orquestrador_central.py COMANDO ['{\"parametro\": valor}']"
        sys.stderr.write(words + "\n")
        return 2
    try:
        words = arguments[1] if len(arguments) == 2 else "{}"
        parameters = msgspec.json.decode(words, type=dict[str, Any])
    except msgspec.DecodeError as error:
        sys.stderr.write(f"os parâmetros não são um objeto JSON: {error}\n")
        return 2
    try:
        answer = OrquestradorCentral().executar_comando_completo(
            arguments[0], parameters
        )
    except KeyboardInterrupt:
        sys.stderr.write("interrompido; o que foi feito até agora fica guardado\n")
        return 130
    document = json.dumps(answer, ensure_ascii=False, indent=2, default=str)
    sys.stdout.buffer.write(document.encode("utf-8", "surrogateescape") + b"\n")
    return 0 if answer["sucesso"] else 1
