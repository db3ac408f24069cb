"""The runtime's tables of contents name every module, and no other."""

import re
from pathlib import Path
from types import ModuleType

import pytest

from orquestrador import supervisor
from orquestrador.supervisor import remote, testkit


@pytest.mark.parametrize("package", [supervisor, remote, testkit])
def test_a_package_s_docstring_is_its_table_of_contents(package: ModuleType) -> None:
    assert package.__file__ is not None
    folder = Path(package.__file__).parent
    parts = {
        each.stem
        for each in folder.iterdir()
        if each.suffix == ".py" or (each / "__init__.py").exists()
    }
    _, _, table = (package.__doc__ or "").partition("To read it")

    named = set(re.findall(r"`([a-z_]+)`", table))

    assert named == parts - {"__init__"}
