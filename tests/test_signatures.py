"""Everything that a public signature mentions can be imported from `streamd`, too."""

import ast
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import streamd

ROOT = Path(__file__).parent.parent
LOOKED_AT = {"ItemTypes", "Language", "Principal"}
"""Exported for annotations; a node is handed one, and what is in it is the daemon's own."""


def tree_of(module: str) -> ast.Module:
    path = ROOT / (module.replace(".", "/") + ".py")
    return ast.parse(path.read_text())


def known_in(tree: ast.Module, module: str) -> dict[str, str]:
    """The module of each type that a module imports from streamd or defines, by the name it has there."""
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("streamd"):
            found.update({alias.asname or alias.name: str(node.module) for alias in node.names})
    for node in tree.body:
        match node:
            case ast.ClassDef(name=name):
                found[name] = module
            case ast.AnnAssign(target=ast.Name(id=name)) | ast.Assign(targets=[ast.Name(id=name)]) if not (
                isinstance(node.value, ast.Call) and "NewType" not in ast.unparse(node.value)
            ):
                found[name] = module
            case _:
                pass
    return found


def annotations(node: ast.AST) -> Iterator[ast.AST]:
    """The annotations of a class's public attributes and methods, of a function, or what an alias stands for."""
    match node:
        case ast.ClassDef(body=body, bases=bases):
            yield from bases
            for one in body:
                name = getattr(one, "name", getattr(getattr(one, "target", None), "id", ""))
                if not name.startswith("_") or name in ("__init__", "__call__"):
                    yield from annotations(one)
        case ast.FunctionDef(args=args) | ast.AsyncFunctionDef(args=args):
            every = [*args.posonlyargs, *args.args, *args.kwonlyargs, args.vararg, args.kwarg]
            yield from (one.annotation for one in every if one is not None and one.annotation is not None)
            if node.returns is not None:
                yield node.returns
        case ast.AnnAssign(annotation=annotation, value=value):
            yield value if ast.unparse(annotation) == "TypeAlias" and value is not None else annotation
        case ast.Assign(value=value):
            yield value
        case _:
            pass


def definition(tree: ast.Module, name: str) -> list[ast.AST]:
    return [
        node
        for node in tree.body
        if name
        in (
            getattr(node, "name", ""),
            getattr(getattr(node, "target", None), "id", ""),
            *(getattr(one, "id", "") for one in getattr(node, "targets", ())),
        )
    ]


def mentioned(module: str, name: str) -> set[tuple[str, str]]:
    """(module, name) of every type of streamd in the signatures of a public name."""
    tree = tree_of(module)
    known = known_in(tree, module)
    words = set[str]()
    for place in definition(tree, name):
        for annotation in annotations(place):
            for node in ast.walk(annotation):
                if isinstance(node, ast.Name):
                    words.add(node.id)
                elif (
                    isinstance(node, ast.Constant)
                    and isinstance(node.value, str)
                    and node.value.isidentifier()
                ):
                    words.add(node.value)
    return {(known[word], word) for word in words if word in known}


def test_whatever_a_public_signature_mentions_is_public() -> None:
    missing = {
        f"{name}: {other} of {home}"
        for name in streamd.__all__
        if name in streamd._HOME and name not in LOOKED_AT
        for home, other in mentioned(streamd._HOME[name], name)
        if other not in ("P", "T") and not other.startswith("_") and other not in streamd.__all__
    }
    assert sorted(missing) == []


def test_a_public_name_is_the_same_thing_as_at_its_home() -> None:
    for name, home in streamd._HOME.items():
        assert getattr(streamd, name) is getattr(import_module(home), name)
