"""The table of requirements and the tests that prove them, compared both ways."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROW: Final = re.compile(r"^\| ([A-F]\d*) \| (.+) \| (met|open(?:: \d+)?) \|$", re.MULTILINE)


def listed(root: Path) -> list[tuple[str, str, str]]:
    """Each row of the table: its name, what it does, how it stands."""
    return ROW.findall((root / "tests" / "requirements.md").read_text())


def named(root: Path) -> Iterator[tuple[str, str]]:
    """Each row that a test, or a module of tests, says it proves, and where."""
    for file in sorted((root / "tests").rglob("test_*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr == "requirement"
            ):
                for argument in node.args:
                    yield ast.literal_eval(argument), f"{file.relative_to(root)}:{node.lineno}"


def test_every_line_of_the_table_is_a_row_and_no_row_is_there_twice(root: Path) -> None:
    lines = re.findall(r"^\| [A-F]\d* .*$", (root / "tests" / "requirements.md").read_text(), re.MULTILINE)
    rows = [row for row, _, _ in listed(root)]

    assert len(rows) == len(lines) > 0
    assert sorted(set(rows)) == sorted(rows)


def test_every_row_that_is_met_has_tests_that_name_it(root: Path) -> None:
    proved = {row for row, _ in named(root)}

    assert [row for row, _, state in listed(root) if state == "met" and row not in proved] == []


def test_every_row_that_a_test_names_is_in_the_table(root: Path) -> None:
    rows = {row for row, _, _ in listed(root)}

    assert [(row, where) for row, where in named(root) if row not in rows] == []
