"""A small library for the demonstration, as untidy as a real one."""

import shutil
from importlib.resources import files
from pathlib import Path

_PLACES = {
    "Grid do Ouro.mq4": ("Experts/Grid do Ouro.mq4", "cp1252"),
    "Reversao RSI.mq5": ("Experts/Reversao RSI.mq5", "utf-8"),
    "Media Colorida.mq4": ("Indicators/Media Colorida.mq4", "utf-16"),
    "Rompimento.pine": ("TradingView/Rompimento.pine", "utf-8"),
}
"""Of each example: where it goes, and how its text is encoded there."""

_COPIES = {
    "Experts/Grid do Ouro.mq4": (
        "Downloads/Grid do Ouro (1).mq4",
        "backup 2021/Grid do Ouro.mq4",
    ),
}


def write(folder: Path) -> None:
    """Write the example library into `folder`, which must not hold anything yet.

    Raises:
        FileExistsError: if there is something in it.

    """
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise FileExistsError(f"{folder} is not empty")
    examples = files("orquestrador.interface") / "examples"
    for name, (place, encoding) in _PLACES.items():
        target = folder / place
        target.parent.mkdir(parents=True, exist_ok=True)
        text = (examples / name).read_text(encoding="utf-8")
        target.write_text(text, encoding=encoding, newline="\r\n")
    for original, copies in _COPIES.items():
        for copy in copies:
            (folder / copy).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(folder / original, folder / copy)
