"""Imports items and demand history from CSV files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, TypedDict, cast

import attrs

from streamd.core.change import fingerprint
from streamd.core.declared.import_options import ImportOptions
from streamd.facts import frozen
from streamd.long_work import ITEMS, LONG_BYTES
from streamd.service._demand_import import put_imported_demand
from streamd.service._import_keys import remember_keys, widths_in_use, with_keys_in_use
from streamd.service._import_record import ImportRecord
from streamd.service._item_import import MAX_TOLD, ImportCounts, ItemImport, Progress
from streamd.service._stored_kinds import with_kinds_in_use
from streamd.service.actor import Actor
from streamd.service.uploads import FileContent
from streamd.service.use_case import Service, use_case

if TYPE_CHECKING:
    from streamd.tables import ImportReportData, TableReader


_BLOCK_ROWS: Final = 1_000


class _Recorded(TypedDict):
    """The record of a result."""

    counts: dict[str, int]
    refused: list[dict[str, object]]
    refused_count: int
    unknown: list[str]
    unknown_count: int
    report: ImportReportData


@frozen
class ImportResult:
    """Effects of an import, or with `dry_run` the effects that it would have."""

    report: ImportReportData
    counted: ImportCounts

    @property
    def refused_count(self) -> int:
        """Refused rows, refused changes, and unknown names in rows of demand."""
        return self.report["refused_count"] + self.counted.refused_count + self.counted.unknown_count

    def as_data(self, *, dry_run: bool) -> Mapping[str, object]:
        """The counts and the report as values for a reply."""
        counts, unknown = self.counted.counts, self.counted.unknown
        report = {**self.report, "unknown_items": unknown} if unknown else self.report
        return {
            **{effect: counts[effect] for effect in ("added", "changed", "unchanged", "demand")},
            "refused": self.refused_count,
            "refused_items": self.counted.refused,
            "dry_run": dry_run,
            "report": report,
        }


@use_case("edit")
async def import_table(
    service: Service,
    actor: Actor,
    content: FileContent,
    progress: Progress,
    *,
    options: ImportOptions | None = None,
    dry_run: bool = False,
    op_id: str | None = None,
) -> ImportResult:
    """Import a CSV file: add new items, change existing ones where they differ, or put demand history.

    The file is judged as a whole, and then read block by block. Raises as `streamd.tables.judge` does, before any change.
    """
    options = options or ImportOptions()
    engine, counted = service.engine, ImportCounts()
    key = None if dry_run else actor.op_key(op_id)
    record = (
        None
        if key is None
        else ImportRecord(service, actor, key, await ITEMS.compute(content.size, _asked, content, options))
    )
    before = None if record is None else await record.recall()
    if before is not None and "report" in before:
        return _as_recorded(before)
    from streamd.tables import ChosenIds, TableReader, judge

    if content.is_text:
        options = attrs.evolve(options, encoding="utf-8")
    file = content.table_file()
    keys = await engine.store.import_keys(actor.workspace)
    # To tell an encoding takes long, however few the bytes.
    size = content.size if content.is_text else LONG_BYTES + content.size
    judgement = await ITEMS.compute(size, judge, file, options, engine.types, keys=keys)
    if options.key is None:
        judgement = await with_keys_in_use(service, actor, file, judgement, known=keys)
    judgement = await with_kinds_in_use(service, actor, judgement)
    reader = TableReader(file, judgement, engine.types)
    if before is not None:
        await ITEMS.compute(size, _read_through, reader)
        return _of_older(before, reader.report().as_data())
    widths = await widths_in_use(service, actor, judgement)
    work = ItemImport(service, actor, reader, ChosenIds(), counted, progress, judgement.rows, widths)
    if dry_run:
        await work.try_out()
    else:
        await work.carry_out(record)
    if demand := reader.demand():
        counted.counts["demand"], unknown = await put_imported_demand(service, actor, demand, dry_run=dry_run)
        counted.unknown, counted.unknown_count = sorted(unknown)[:MAX_TOLD], len(unknown)
    report = await ITEMS.compute(size, reader.report)
    result = ImportResult(report.as_data(), counted)
    if not dry_run and result.report["accepted"]:
        await remember_keys(service, actor, judgement, known=keys)
    if record is not None:
        await record.keep(_to_record(result))
    return result


def _asked(content: FileContent, options: ImportOptions) -> str:
    """Fingerprint of an import; where it says no more than streamd 0.1 could, the same as it made."""
    said = attrs.evolve(options, type_name=None, file_name="")
    if content.text is not None and said == ImportOptions():
        return fingerprint("import", content.text, options.type_name, options.file_name)
    return fingerprint("import", content.digest, attrs.asdict(options))


def _to_record(result: ImportResult) -> Mapping[str, object]:
    counted = result.counted
    return {
        "counts": counted.counts,
        "refused": counted.refused,
        "refused_count": counted.refused_count,
        "unknown": counted.unknown,
        "unknown_count": counted.unknown_count,
        "report": result.report,
    }


def _read_through(reader: TableReader) -> None:
    """Read all rows for the report alone."""
    from streamd.tables import ChosenIds, RefusedRow

    ids = ChosenIds()
    while (block := reader.block(_BLOCK_ROWS)) is not None:
        for row in block:
            if isinstance(refused := ids.choose(row, {}), RefusedRow):
                reader.refuse(refused)


def _of_older(before: Mapping[str, object], report: ImportReportData) -> ImportResult:
    """The result that streamd 0.1 recorded, without its report."""
    refused, unknown = (cast("list[object]", before[name]) for name in ("refused", "unknown"))
    return _as_recorded(
        {
            **before,
            "refused": refused[:MAX_TOLD],
            "refused_count": len(refused),
            "unknown": unknown[:MAX_TOLD],
            "unknown_count": len(unknown),
            "report": report,
        }
    )


def _as_recorded(read: Mapping[str, object]) -> ImportResult:
    kept = cast("_Recorded", read)
    counted = ImportCounts(
        Counter(kept["counts"]),
        kept["refused"],
        kept["refused_count"],
        kept["unknown"],
        kept["unknown_count"],
    )
    return ImportResult(kept["report"], counted)
