"""Rooms have doors: what a room offers is in its `__init__`, and nobody goes round it."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

PACKAGE: Final = Path(__file__).parent.parent / "streamd"
ROOMS: Final = sorted(
    (
        path.parent.relative_to(PACKAGE).as_posix().replace("/", ".")
        for path in PACKAGE.rglob("*/__init__.py")
    ),
    key=lambda room: (-room.count("."), room),
)
"""Every package; those in another one come before it."""
SHELVES: Final = frozenset(
    {
        "core", "core.declared", "core.access", "core.json", "core.lists", "core.prompts", "core.triggers", "ports", "text", "wire", "wire.dialects", "wire.messages", "wire.payloads", "edge", "models",
        "agents", "agents.teamwork", "cli", "forecasting.methods",
    }
)  # fmt: skip
"""Rooms whose modules are imported by their own names: definitions, packages of packages, and tables of modules."""
WITH_DOORS: Final = [room for room in ROOMS if room not in SHELVES]
"""Rooms whose modules are imported from outside by way of their `__init__` only."""
MOST_MODULES: Final = 25
LONG: Final = frozenset({"language", "writing", "analysis"})
"""Rooms of many small rules."""


def imported_by(path: Path) -> Iterator[tuple[str, str]]:
    """(module, name) of everything that a file imports from this package, wherever in it the import stands."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from ((node.module, alias.name) for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)


def room_of(module: str) -> str:
    """The room with a door that a module is in, as `language` of `streamd.language._tokens`; empty for others."""
    name = module.removeprefix("streamd.")
    return next((room for room in WITH_DOORS if name == room or name.startswith(f"{room}.")), "")


def folder_of(room: str) -> Path:
    return PACKAGE.joinpath(*room.split("."))


def offered_by(room: str) -> dict[str, set[str]]:
    """The names that a room's `__init__` imports from its modules, by the modules they are from."""
    found: dict[str, set[str]] = {}
    for module, name in imported_by(folder_of(room) / "__init__.py"):
        if module.startswith(f"streamd.{room}."):
            found.setdefault(module.removeprefix(f"streamd.{room}."), set()).add(name)
    return found


def defined_by(room: str) -> set[str]:
    """The classes and functions that a room's `__init__` defines itself."""
    tree = ast.parse((folder_of(room) / "__init__.py").read_text())
    names = {node.name for node in tree.body if isinstance(node, ast.ClassDef | ast.FunctionDef)}
    return names - {"__getattr__"}


def test_every_shelf_is_a_room() -> None:
    assert set(ROOMS) >= SHELVES


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_is_small_enough_to_be_looked_over(room: str) -> None:
    assert len(list(folder_of(room).glob("*.py"))) <= MOST_MODULES or room in LONG


def test_nobody_outside_a_shelf_uses_what_is_its_own() -> None:
    wrong = [
        f"{path.relative_to(PACKAGE)} imports {name} from {module}"
        for path in sorted(PACKAGE.rglob("*.py"))
        for module, name in imported_by(path)
        for room in [module.removeprefix("streamd.").rpartition(".")[0]]
        if room in SHELVES
        and folder_of(room) not in path.parents
        and (module.rpartition(".")[2].startswith("_") or name.startswith("_"))
    ]

    assert wrong == []


def test_nobody_outside_a_room_goes_round_its_door() -> None:
    wrong = [
        f"{path.relative_to(PACKAGE)} imports {name} from {module}"
        for path in sorted(PACKAGE.rglob("*.py"))
        for module, name in imported_by(path)
        if (room := room_of(module))
        and folder_of(room) not in path.parents
        and (module != f"streamd.{room}" or name.startswith("_") or (folder_of(room) / f"{name}.py").exists())
    ]

    assert wrong == []


@pytest.mark.parametrize("room", WITH_DOORS)
def test_a_room_offers_names_of_all_its_public_modules_and_of_no_private_one(room: str) -> None:
    public = {path.stem for path in folder_of(room).glob("*.py") if not path.stem.startswith("_")}
    inner = {other.rpartition(".")[2] for other in ROOMS if other.rpartition(".")[0] == room}
    offered = set(offered_by(room))

    # Where all modules are private the door is all there is.
    assert offered - inner == public or not public


@pytest.mark.parametrize("room", WITH_DOORS)
def test_a_door_lists_what_it_offers(room: str) -> None:
    tree = ast.parse((folder_of(room) / "__init__.py").read_text())
    (listed,) = [
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
    ]

    offered = {name for names in offered_by(room).values() for name in names}
    assert sorted(listed) == sorted(offered | defined_by(room))
    assert len(set(listed)) == len(listed)
