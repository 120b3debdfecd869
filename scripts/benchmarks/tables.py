"""Results as Markdown: one table for each question, each number beside its ratio to what it is compared with."""

import statistics
from collections.abc import Iterable, Sequence

import attrs

from scripts.benchmarks.results import Results, spread

_NOTHING = "-"


@attrs.frozen
class Column:
    """One metric of one case, followed by one column for each contender that it is set in relation to."""

    heading: str
    case: str
    metric: str
    beside: tuple[str, ...] = ()
    digits: int = 2


@attrs.frozen
class Table:
    """What is asked, of which bench, in which columns."""

    title: str
    bench: str
    columns: tuple[Column, ...]


def figure(value: float, digits: int) -> str:
    return f"{value:,.{digits}f}"


def ratio(value: float | None, reference: float | None) -> str:
    return f"{value / reference:.2f}" if value is not None and reference else _NOTHING


def _median(results: Results, table: Table, column: Column, contender: str) -> float | None:
    values = results.values(table.bench, column.case, column.metric, contender)
    return statistics.median(values) if values else None


def _cells(results: Results, table: Table, column: Column, contender: str) -> list[str]:
    values = results.values(table.bench, column.case, column.metric, contender)
    if not values:
        return [_NOTHING] * (1 + len(column.beside))
    text = figure(statistics.median(values), column.digits)
    if len(values) > 1:
        text += f" ±{spread(values):.0%}"
    middle = statistics.median(values)
    return [text, *(ratio(middle, _median(results, table, column, other)) for other in column.beside)]


def row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def markdown(results: Results, table: Table) -> str:
    """The table, or nothing if none of it was measured."""
    names = results.contenders(table.bench)
    columns = [
        column
        for column in table.columns
        if any(results.values(table.bench, column.case, column.metric, name) for name in names)
    ]
    if not columns:
        return ""
    headings = [
        "",
        *(text for column in columns for text in (column.heading, *(f"x {one}" for one in column.beside))),
    ]
    lines = [f"### {table.title}", "", row(headings), row(["---", *["---:"] * (len(headings) - 1)])]
    for name in names:
        cells = [cell for column in columns for cell in _cells(results, table, column, name)]
        if any(cell != _NOTHING for cell in cells):
            lines.append(row([name, *cells]))
    return "\n".join([*lines, ""])


def report(results: Results, tables: Sequence[Table]) -> str:
    parts = [markdown(results, table) for table in tables]
    remarks = [f"- {remark}" for remark in results.remarks]
    return "\n".join([part for part in parts if part] + remarks)
