"""Tables: importing and exporting CSV."""

import asyncio
from collections import Counter, deque
from collections.abc import Iterable, Mapping
from typing import Final

import orjson

from streamd.core.change import AddItem, Change, ChangeItem
from streamd.core.decide import Known
from streamd.core.item import Item, ItemId
from streamd.edge.bulk import IN_FLIGHT, report, submitted
from streamd.edge.client import Client
from streamd.engine.journal.sliced_writes import put_demand
from streamd.engine.journal.writes import DemandRow, Receipt, WriteResult
from streamd.tables import TableImport, read_table, write_table
from streamd.wire import messages, replies

_EXPORT_CHARS: Final = 65_536
"""Text of one `export` message, about; its JSON must fit into what any client takes."""


async def import_table(client: Client, message: messages.Import) -> None:
    """Bring in the items of a CSV text: new ones are added, known ones changed where they differ."""
    table = await asyncio.to_thread(
        read_table,
        message.text,
        type_name=message.item_type,
        types=client.engine.types,
        file_name=message.filename or "",
    )
    counts: Counter[str] = Counter()
    refused: list[dict[str, object]] = []
    await _bring_in(client, message, table, counts, refused)
    demand, unknown = await _demand(client, table)
    if demand and not message.dry_run:
        counts["demand"] = await put_demand(client.engine.journal, client.workspace, demand)
    mapping = table.report.as_data()
    if unknown:
        mapping["unknown_items"] = sorted(unknown)[:100]
    client.send(
        replies.ack(
            orjson.dumps(
                {
                    "added": counts["added"],
                    "changed": counts["changed"],
                    "unchanged": counts["unchanged"],
                    "demand": counts["demand"],
                    "refused": table.report.refused_count + len(refused) + len(unknown),
                    "refused_items": refused[:100],
                    "dry_run": message.dry_run,
                    "report": mapping,
                }
            ),
            request_id=message.request_id,
        )
    )


async def _bring_in(
    client: Client,
    message: messages.Import,
    table: TableImport,
    counts: Counter[str],
    refused: list[dict[str, object]],
) -> None:
    known = await client.engine.store.known([(client.workspace, item.id) for item in table.items])
    waiting: deque[tuple[Item, str, asyncio.Future[WriteResult]]] = deque()
    settled = 0

    async def settle() -> None:
        nonlocal settled
        item, what, promise = waiting.popleft()
        outcome = await promise
        settled += 1
        if not isinstance(outcome, Receipt):
            refused.append({"item_id": item.id, "name": item.name, "why": outcome.message})
        elif outcome.results[0].get("unchanged"):
            counts["unchanged"] += 1
        else:
            counts[what] += 1
        report(client, settled, len(table.items), message.request_id)

    for index, item in enumerate(table.items):
        what, change = _wish(item, known.get((client.workspace, item.id)))
        if message.dry_run or change is None:
            counts[what] += 1
            settled += 1
            continue
        if len(waiting) >= IN_FLIGHT:
            await settle()
        op_id = None if message.op_id is None else f"{message.op_id}/{index}"
        waiting.append((item, what, await submitted(client, (change,), message.user_id, op_id)))
    while waiting:
        await settle()


def _wish(item: Item, known: Known) -> tuple[str, Change | None]:
    """What an imported row asks for: an addition, a change of what differs, or nothing."""
    if not isinstance(known, Item):
        return "added", AddItem(item.id, item.fields)
    differences = {name: value for name, value in item.fields.items() if known.fields.get(name) != value}
    if not differences:
        return "unchanged", None
    return "changed", ChangeItem(item.id, set=differences)


async def _demand(client: Client, table: TableImport) -> tuple[list[DemandRow], set[str]]:
    """Demand rows with their items found by id, source id, sku or name; and the names that nothing goes by."""
    if not table.demand:
        return [], set()
    by_name = _names(await client.engine.store.items(client.workspace))
    rows: list[DemandRow] = []
    unknown: set[str] = set()
    for row in table.demand:
        item_id = by_name.get(row.item.casefold())
        if item_id is None:
            unknown.add(row.item)
        else:
            rows.append(DemandRow(item_id, row.date, row.quantity))
    return rows, unknown


def _names(items: Iterable[Item]) -> Mapping[str, ItemId]:
    """Every word an item goes by; of two that share one, the first."""
    names: dict[str, ItemId] = {}
    for field in ("id", "sku", "name", "source_id"):
        for item in items:
            word = item.id if field == "id" else item.fields.get(field)
            if isinstance(word, str):
                names.setdefault(word.casefold(), item.id)
    return names


async def export_table(client: Client, message: messages.Export) -> None:
    """Send the items as CSV, in as many messages as it takes; joined they are the file."""
    client.check("read")
    item_types = None if message.item_type is None else frozenset({message.item_type})
    items = await client.engine.store.items(client.workspace, item_types)
    pieces = await asyncio.to_thread(_pieces, client, items, message.item_type)
    for index, (text, count) in enumerate(pieces):
        if client.outbox.crowded:
            await client.outbox.room()
        client.send(
            replies.export(
                text,
                count=count,
                more=index + 1 < len(pieces),
                item_type=message.item_type,
                request_id=message.request_id,
            )
        )


def _pieces(client: Client, items: Iterable[Item], item_type: str | None) -> list[tuple[str, int]]:
    pieces: list[tuple[str, int]] = []
    lines: list[str] = []
    size = 0
    for line in write_table(items, client.engine.types, item_type):
        lines.append(line)
        size += len(line)
        if size >= _EXPORT_CHARS:
            pieces.append(("".join(lines), len(lines)))
            lines, size = [], 0
    pieces.append(("".join(lines), len(lines)))
    return pieces
