"""What other packages import: every name says what it is, and the reference shows all of them."""

import ast
import itertools
import subprocess
from pathlib import Path

import orjson

import streamd
from tests.support.schemas import DOCUMENT

NAMES = sorted(set(streamd.__all__) - {"__version__"})


def explained_names(file: Path) -> set[str]:
    """The names in a module that have a docstring: their own, or below where they are assigned."""
    body = ast.parse(file.read_text()).body
    found = {
        one.name
        for one in body
        if isinstance(one, ast.ClassDef | ast.FunctionDef) and (ast.get_docstring(one) or "").strip()
    }
    for one, below in itertools.pairwise(body):
        targets = [one.target] if isinstance(one, ast.AnnAssign) else getattr(one, "targets", [])
        if isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant):
            found.update(target.id for target in targets if isinstance(target, ast.Name))
    return found


def test_every_public_name_says_what_it_is(root: Path) -> None:
    homes = {name: root / f"{streamd._HOME[name].replace('.', '/')}.py" for name in NAMES}
    explained = {file: explained_names(file) for file in set(homes.values())}

    assert NAMES
    assert [name for name, file in homes.items() if name not in explained[file]] == []
    assert {"Task", "State", "Node", "node", "Run"} <= {
        name for name, file in homes.items() if name in explained[file]
    }


def test_the_reference_shows_every_public_name(root: Path, tmp_path: Path) -> None:
    subprocess.run([root / "scripts" / "docs", tmp_path], capture_output=True, timeout=120, check=True)

    page = (tmp_path / "streamd.html").read_text()
    assert [name for name in streamd.__all__ if f'<section id="{name}">' not in page] == []
    assert orjson.loads((tmp_path / "schemas.json").read_bytes()) == DOCUMENT
