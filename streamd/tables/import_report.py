"""Reports on imports: the mapping of columns, and the refused rows with reasons."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NotRequired, TypedDict, cast

import attrs

from streamd.facts import frozen
from streamd.tables._import_wording import accepted_rows, mapped_columns, read_as
from streamd.tables.judgement import JudgementData

MAX_REFUSED_TOLD: Final = 200
_VALUE_CHARS: Final = 80


class CellData(TypedDict, total=False):
    """The cell that is to blame."""

    column: str
    value: str
    """Its text, shortened."""


class RowMistakeData(CellData):
    """A mistake in a row."""

    why: str


class RefusedRowData(RowMistakeData):
    """A row that was refused, with its first mistake."""

    row: int
    """As a spreadsheet counts: the header is 1."""
    mistakes: NotRequired[list[RowMistakeData]]
    """All its mistakes, where there are several."""


class ImportReportData(TypedDict):
    """The result of parsing a file."""

    type: str
    """The items' type, several joined by commas, or `demand`."""
    reason: str
    """Why it is that type, in words."""
    rows: int
    """Rows after the header that were not blank."""
    accepted: int
    """Of these, the ones that were taken."""
    refused_count: int
    """All refused rows; `refused` may hold fewer."""
    mapped: dict[str, str]
    """Column to declared field."""
    kept: dict[str, str]
    """Column to further field."""
    skipped: dict[str, str]
    """Column to the reason why it was not, or not always, used."""
    refused: list[RefusedRowData]
    """At most 200."""
    notes: list[str]
    """Assumptions, in words."""
    judgement: JudgementData
    """How the whole file was read, which whoever imports may say otherwise."""
    unknown_items: NotRequired[list[str]]
    """Names in rows of demand that match no item, at most 100."""


@frozen
class RefusedRow:
    """A row that was refused."""

    row: int
    """As a spreadsheet counts: the header is 1."""
    why: str
    column: str = ""
    value: str = ""
    """The text of the cell, shortened."""
    others: "tuple[RefusedRow, ...]" = ()
    """Its further mistakes."""

    def as_data(self) -> RefusedRowData:
        """JSON-ready; `column` and `value` only where one cell is to blame."""
        told = cast("RefusedRowData", {"row": self.row, **_mistake(self)})
        if self.others:
            told["mistakes"] = [_mistake(one) for one in (self, *self.others)]
        return told

    def __str__(self) -> str:
        mistakes = "; ".join(_text(one) for one in (self, *self.others))
        return f"row {self.row}{', ' if self.column else ': '}{mistakes}"


@frozen
class ImportReport:
    """The mapping report of an import."""

    type: str
    """The items' type, several joined by commas, or `demand`."""
    reason: str
    """The reason for the type."""
    rows: int
    """Rows after the header that were not blank."""
    accepted: int
    """Of these, the ones that were taken."""
    judgement: JudgementData
    """How the whole file was read."""
    mapped: Mapping[str, str] = attrs.field(factory=dict)
    """Column to declared field."""
    kept: Mapping[str, str] = attrs.field(factory=dict)
    """Column to further field."""
    skipped: Mapping[str, str] = attrs.field(factory=dict)
    """Column to the reason why it was not, or not always, used."""
    refused: tuple[RefusedRow, ...] = ()
    refused_count: int = 0
    """All refused rows; the list may hold fewer."""
    notes: tuple[str, ...] = ()
    """Assumptions of the import."""

    def as_data(self) -> ImportReportData:
        """JSON-ready, with at most 200 refused rows."""
        return {
            "type": self.type,
            "reason": self.reason,
            "rows": self.rows,
            "accepted": self.accepted,
            "refused_count": self.refused_count,
            "mapped": dict(self.mapped),
            "kept": dict(self.kept),
            "skipped": dict(self.skipped),
            "refused": [row.as_data() for row in self.refused[:MAX_REFUSED_TOLD]],
            "notes": list(self.notes),
            "judgement": self.judgement,
        }

    def lines(self) -> Iterator[str]:
        """Format the report for people."""
        yield accepted_rows(self.accepted, self.rows, self.type, self.reason)
        for title, columns in (("mapped", self.mapped), ("kept as further fields", self.kept)):
            if columns:
                yield mapped_columns(title, tuple(columns.items()))
        for column, why in self.skipped.items():
            yield f"skipped {column}: {why}"
        yield read_as(
            self.judgement["encoding"],
            self.judgement["delimiter"],
            self.judgement["keys"],
            sorted({one["decimal"] for one in self.judgement["columns"] if "decimal" in one}),
            sorted({one["dates"] for one in self.judgement["columns"] if "dates" in one}),
        )
        yield from self.notes
        for row in self.refused[:MAX_REFUSED_TOLD]:
            yield f"refused {row}"
        if self.refused_count > len(self.refused[:MAX_REFUSED_TOLD]):
            yield f"refused {self.refused_count - len(self.refused[:MAX_REFUSED_TOLD])} more"


def report_from(data: Mapping[str, object]) -> ImportReport:
    """Parse a report from its JSON."""
    refused = [
        _refused_row(row, row)
        for row in cast("Sequence[object]", data.get("refused", ()))
        if isinstance(row, Mapping)
    ]
    return ImportReport(
        type=str(data.get("type", "")),
        reason=str(data.get("reason", "")),
        rows=int(str(data.get("rows", 0))),
        accepted=int(str(data.get("accepted", 0))),
        mapped=_texts(data.get("mapped")),
        kept=_texts(data.get("kept")),
        skipped=_texts(data.get("skipped")),
        refused=tuple(refused),
        refused_count=int(str(data.get("refused_count", len(refused)))),
        notes=tuple(str(note) for note in cast("Sequence[object]", data.get("notes", ()))),
        judgement=cast("JudgementData", data["judgement"]),
    )


def _mistake(row: RefusedRow) -> RowMistakeData:
    cell: CellData = {"column": row.column, "value": _short(row.value)} if row.column else {}
    return {**cell, "why": row.why}


def _text(row: RefusedRow) -> str:
    return f"{row.column}: {_short(row.value)!r}: {row.why}" if row.column else row.why


def _refused_row(row: Mapping[str, object], mistake: Mapping[str, object]) -> RefusedRow:
    further = cast("Sequence[Mapping[str, object]]", mistake.get("mistakes", ()))[1:]
    return RefusedRow(
        row=int(str(row.get("row", 0))),
        why=str(mistake.get("why", "")),
        column=str(mistake.get("column", "")),
        value=str(mistake.get("value", "")),
        others=tuple(_refused_row(row, one) for one in further),
    )


def _texts(table: object) -> dict[str, str]:
    return {str(key): str(value) for key, value in table.items()} if isinstance(table, Mapping) else {}


def _short(text: str) -> str:
    return text if len(text) <= _VALUE_CHARS else f"{text[:_VALUE_CHARS]}…"
