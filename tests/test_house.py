"""The rules of the house that no linter knows."""

import ast
import os
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parent.parent
MODULES = sorted((ROOT / "streamd").rglob("*.py"))


def tracked() -> Iterator[Path]:
    """Files that belong to the repository."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode != 0:
        pytest.skip("this is no git checkout")
    yield from (Path(name) for name in listed.stdout.split("\0") if name)


def test_a_module_fits_in_three_hundred_lines() -> None:
    assert [str(module) for module in MODULES if len(module.read_text().splitlines()) > 300] == []


def test_no_module_is_named_after_nothing_in_particular() -> None:
    nothing = {
        "utils",
        "util",
        "helpers",
        "helper",
        "manager",
        "handler",
        "handlers",
        "base",
        "common",
        "misc",
        "process",
    }

    assert [str(module) for module in MODULES if nothing & set(module.stem.split("_"))] == []


def test_every_module_with_code_says_first_what_it_is_for() -> None:
    texts = {str(module): module.read_text() for module in MODULES}

    assert [name for name, text in texts.items() if text.strip() and not text.startswith('"""')] == []


def docstrings() -> Iterator[tuple[str, str]]:
    """(place, text) of the docstrings of all modules, classes and functions."""
    for module in MODULES:
        for node in ast.walk(ast.parse(module.read_text())):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                yield (
                    f"{module.relative_to(ROOT)} {getattr(node, 'name', '')}",
                    ast.get_docstring(node) or "",
                )


def test_a_docstring_begins_with_a_verb_or_a_noun_and_not_with_a_question() -> None:
    wrong = [
        f"{place}: {text}"
        for place, text in docstrings()
        if re.match(r"(?:What|Who|Whom|Whose|Whoever|How|Where|When|Why|See)\b", text)
    ]

    assert wrong == []


def test_the_first_line_of_a_docstring_ends_a_sentence() -> None:
    firsts = [(place, text.partition("\n")[0]) for place, text in docstrings() if text]

    assert len(firsts) > 2_000
    assert [f"{place}: {first}" for place, first in firsts if not first.endswith((".", ":", "?"))] == []


CHECKED: Final = ("README.md", "streamd/README.md", ".github/CONTRIBUTING.md", "streamd/DECISIONS.md")
OF_OTHERS: Final = {"bulk_add", "pylock.toml"}
NAME: Final = re.compile(
    r"`((?:[a-z]\w*\.)+\w+|[A-Z][a-z]+[A-Z]\w*(?:\.\w+)*|[A-Z]\w+(?:\.\w+)+|_?[a-z]+(?:_[a-z]+)+)`"
)
"""Names such as `streamd.ports.tool`, `RunUpdates`, `Store.follow` and `run_seq`."""


def test_what_docstrings_and_documents_name_as_code_is_in_the_code() -> None:
    code = " ".join(
        ast.unparse(without_docstrings(ast.parse(text))) if path.suffix == ".py" else text
        for path in tracked()
        if path.suffix in {".py", ".sql", ".toml", ".js", ".html", ".css"} or path.parts[0] == "scripts"
        for text in [(ROOT / path).read_text()]
    )
    places = " ".join(map(str, tracked()))
    words = set(re.findall(r"\w+", f"{code} {places}"))
    texts = [*explanations(), *((name, (ROOT / name).read_text()) for name in CHECKED)]
    unknown = {
        (place, name)
        for place, text in texts
        for name in NAME.findall(text)
        if name not in OF_OTHERS and not words.issuperset(name.split("."))
    }

    assert unknown == set()


def explanations() -> Iterator[tuple[str, str]]:
    """(place, text) of all docstrings, those below attributes and constants, too."""
    for module in MODULES:
        for node in ast.walk(ast.parse(module.read_text())):
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
                yield f"{module.relative_to(ROOT)}:{node.lineno}", str(node.value.value)


def without_docstrings(tree: ast.Module) -> ast.Module:
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            node.body = [
                one
                for one in node.body
                if not (isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant))
            ] or [ast.Pass()]
    return tree


def test_no_module_imports_itself_by_way_of_others_however_late() -> None:
    """Circles of imports; those for types alone (`if TYPE_CHECKING`) do not count, as nothing is imported by them."""
    names = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
        for path in MODULES
    }
    imports = {
        name: {target for target in imported(path, set(names)) if target != name}
        for name, path in names.items()
    }
    while ends := {
        name
        for name, targets in imports.items()
        if not targets & imports.keys() or not any(name in others for others in imports.values())
    }:
        imports = {name: targets for name, targets in imports.items() if name not in ends}

    assert sorted(imports) == []


def imported(path: Path, names: set[str]) -> Iterator[str]:
    """The modules that a file imports when it is imported or later."""
    found: list[ast.AST] = [ast.parse(path.read_text())]
    while found:
        node = found.pop()
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                yield whole if whole in names else node.module
        found.extend(ast.iter_child_nodes(node))


def types_of(tree: ast.Module) -> Iterator[str]:
    """Names of the classes of a module, wherever they stand, and of its type aliases."""
    yield from (node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef))
    for node in tree.body:
        if isinstance(node, ast.AnnAssign) and ast.unparse(node.annotation) == "TypeAlias":
            yield ast.unparse(node.target)
        elif isinstance(node, ast.Assign) and re.fullmatch(
            r"_?[A-Z]\w*[a-z]\w*", ast.unparse(node.targets[0])
        ):
            yield ast.unparse(node.targets[0])


def test_no_class_or_type_alias_has_the_name_of_another() -> None:
    places: dict[str, list[str]] = {}
    for module in MODULES:
        for name in types_of(ast.parse(module.read_text())):
            places.setdefault(name, []).append(str(module.relative_to(ROOT)))

    assert len(places) > 300
    assert {name: found for name, found in places.items() if len(found) > 1} == {}


def test_the_package_is_typed() -> None:
    assert (ROOT / "streamd" / "py.typed").exists()


def test_the_top_level_holds_what_the_architecture_names_and_nothing_else() -> None:
    top = {path.parts[0] for path in tracked()}

    named = {
        "README.md",
        "LICENSE",
        "CHANGELOG.md",
        "pyproject.toml",
        "config.toml",
        "streamd",
        "tests",
        "scripts",
        "systemd",
    }
    assert {name for name in top if not name.startswith(".")} <= named


def test_nothing_is_left_to_do_in_the_code() -> None:
    marks = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X|HA" + r"CK)\b")

    assert [str(module) for module in MODULES if marks.search(module.read_text())] == []


def test_continuous_integration_runs_the_test_command_and_nothing_else() -> None:
    commands = [
        line for line in (ROOT / ".ci" / "run").read_text().splitlines() if line and not line.startswith("#")
    ]

    assert commands[-1].startswith("exec ")
    assert "scripts/test" in commands[-1]
    assert all(line.startswith("set ") for line in commands[:-1])


@pytest.mark.parametrize(
    "name",
    [
        "scripts/serve",
        "scripts/test",
        "scripts/check",
        "scripts/docs",
        "scripts/lock",
        "scripts/soak",
        "scripts/bench",
        ".ci/run",
    ],
)
def test_a_script_can_be_run_and_stops_at_the_first_failure(name: str) -> None:
    script = ROOT / name

    assert os.access(script, os.X_OK)
    assert "set -euo pipefail" in script.read_text()
    subprocess.run(["bash", "-n", script], check=True)


def test_the_npm_clients_are_pinned_without_saying_where_from() -> None:
    lock = (ROOT / "tests" / "npm" / "package-lock.json").read_text()

    assert "integrity" in lock
    assert "resolved" not in lock


KINDS = ["runtime", "dev", "bench"]


def declared(kind: str) -> list[Requirement]:
    """What pyproject.toml says is needed: to serve, and for `dev` and `bench` what stands in their groups, too."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    texts = project["project"]["dependencies"] + project["dependency-groups"].get(kind, [])
    return [Requirement(text) for text in texts]


def lock(kind: str) -> str:
    return (ROOT / "scripts" / "requirements" / f"{kind}.txt").read_text()


def locked(kind: str) -> dict[str, set[str]]:
    """The versions of each package; there are several where machines differ."""
    found: dict[str, set[str]] = {}
    for name, version in re.findall(r"^([\w.-]+)==([^\s;]+)", lock(kind), re.MULTILINE):
        found.setdefault(name, set()).add(version)
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_each_direct_dependency_has_a_lower_bound_and_is_locked_within_its_bounds(kind: str) -> None:
    versions = locked(kind)

    for wanted in declared(kind):
        assert ">=" in {bound.operator for bound in wanted.specifier}, wanted
        assert [version for version in versions[wanted.name] if version not in wanted.specifier] == [], wanted


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_served_or_measured_is_what_is_tested(kind: str) -> None:
    tested = locked("dev")

    assert {name: found for name, found in locked(kind).items() if found != tested.get(name, found)} == {}
    assert kind == "bench" or locked(kind).keys() <= tested.keys()


@pytest.mark.parametrize("kind", KINDS)
def test_the_lock_says_which_files_and_not_where_from(kind: str) -> None:
    packages = re.split(r"^(?=\w)", lock(kind), flags=re.MULTILINE)[1:]

    assert [package for package in packages if "--hash=sha256:" not in package] == []
    assert (
        re.findall(r"://|--(?:extra-)?index-url|--find-links|/(?:home|root|opt|tmp|work)/", lock(kind)) == []
    )


DOCUMENTS = [".github/CONTRIBUTING.md", "streamd/DECISIONS.md"]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_what_a_document_for_contributors_points_to_is_there(name: str) -> None:
    text = (ROOT / name).read_text()
    links = [(ROOT / name).parent / target for target in re.findall(r"\]\(([^)]+)\)", text)]
    places = [ROOT / place for place in re.findall(r"`((?:scripts|streamd|tests)/[\w./-]+)`", text)]

    assert [str(place) for place in links + places if not place.exists()] == []


def test_how_to_contribute_is_one_page() -> None:
    assert len((ROOT / ".github" / "CONTRIBUTING.md").read_text().splitlines()) <= 100


def test_decisions_are_dated_and_the_newest_is_last() -> None:
    heads = re.findall(r"^## (.*)$", (ROOT / "streamd" / "DECISIONS.md").read_text(), re.MULTILINE)
    days = [head.partition(" · ")[0] for head in heads]

    assert [head for head in heads if not re.fullmatch(r"\d{4}-\d\d-\d\d · \S.*", head)] == []
    assert days == sorted(days) != []
