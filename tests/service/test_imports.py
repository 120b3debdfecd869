"""Imports as the service makes them: a dry run tells what the import does, and the same rows are always the same items."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamd import service
from streamd.core.change import AddItem, fingerprint
from streamd.core.declared.declarations import item_types_from
from streamd.core.declared.import_options import ImportOptions
from streamd.core.declared.item_limits import ItemLimits
from streamd.core.item import ItemId
from streamd.core.item_type import ItemType, ItemTypes
from streamd.core.principal import RIGHTS, Principal
from streamd.engine.journal import PART, Receipt, RunUpdates
from streamd.errors import BusyError, InvalidMessageError, NotFoundError, OpIdReusedError, TooLargeError
from streamd.ports.store import OpResult
from streamd.service import Actor, FileContent, ImportResult, Service, Uploads
from streamd.stores.memory import open_memory
from tests.support.engines import engine_on

TYPES = item_types_from(
    {
        "part": {
            "fields": {
                "sku": {"type": "string"},
                "serial": {"type": "string", "unique": True},
                "stock": {"type": "number", "minimum": 0, "aliases": ["quantity"]},
                "maker": {"type": "reference", "refers_to": "maker"},
            }
        },
        "maker": {"fields": {"country": {"type": "string"}}},
    }
)
PLACED = item_types_from(
    {
        "part": {
            "fields": {
                "sku": {"type": "string"},
                "current_stock": {"type": "number", "aliases": ["stock"]},
                "location": {"type": "string"},
            }
        }
    }
)
UNRELATED = ItemTypes({"part": ItemType("part")}, limits=ItemLimits(max_bytes=2_000))
"""Nothing in them has to do with other items, so that many are changed together."""
ROOT = Actor.of(Principal("root", authenticated=True, workspaces=None, rights=frozenset(RIGHTS)), "hall")


@pytest.fixture
async def hall() -> AsyncIterator[Service]:
    async with open_memory() as store, engine_on(store, types=TYPES) as engine:
        yield Service(engine)


async def imported(
    hall: Service, text: str | bytes, *, dry_run: bool = False, op_id: str | None = None, **said: Any
) -> ImportResult:
    return await service.import_table(
        hall, ROOT, FileContent(text), lambda *_: None, options=ImportOptions(**{"type_name": "part", **said}), dry_run=dry_run, op_id=op_id
    )  # fmt: skip


async def items(hall: Service) -> dict[str, dict[str, Any]]:
    return {one.id: dict(one.flat()) for one in await hall.engine.store.items("hall")}


async def add(hall: Service, item_id: str, **fields: Any) -> None:
    done = asyncio.get_running_loop().create_future()
    service.edit_item(hall, ROOT, AddItem(ItemId(item_id), fields), done.set_result)
    assert isinstance(await done, Receipt)


def told(result: ImportResult) -> dict[str, Any]:
    counted = result.counted
    return {
        "counts": {name: count for name, count in counted.counts.items() if count},
        "refused": counted.refused,
        "refused_count": result.refused_count,
        "unknown": counted.unknown,
        "report": result.report,
    }


async def outcome(
    hall: Service, text: str, key: str | None, *, dry_run: bool = False
) -> dict[str, Any] | str:
    """What an import tells, or the words in which it is refused."""
    try:
        return told(await imported(hall, text, key=key, dry_run=dry_run))
    except InvalidMessageError as refusal:
        return refusal.message


# ── the dry run ──────────────────────────────────────────────────────────────────────────────────────────────────────

CELLS = st.sampled_from(
    ["", "1", "2", "1,5", "-3", "A", "a", "C", "C++", "c#", "É", "E\u0301", "lots", "Acme", "'", '"x']
)
ROWS = st.lists(st.lists(CELLS, min_size=1, max_size=6), max_size=8)
HEADERS = st.lists(
    st.sampled_from(["Name", "SKU", "Serial", "Stock", "Quantity", "Maker", "ID", "Type", "Colour"]),
    min_size=1, max_size=6, unique=True,
)  # fmt: skip


@given(
    HEADERS,
    st.lists(ROWS, min_size=1, max_size=3),
    st.sampled_from([None, "Name", "SKU"]),
    st.sampled_from([TYPES, UNRELATED]),
)
@settings(max_examples=60, deadline=None)
def test_a_dry_run_says_exactly_what_the_import_then_does(
    header: Sequence[str], files: Sequence[Sequence[Sequence[str]]], key: str | None, types: ItemTypes
) -> None:
    async def tried() -> None:
        async with open_memory() as store, engine_on(store, types=types) as engine:
            hall = Service(engine)
            await add(hall, "maker-acme", type="maker", name="Acme")
            await add(hall, "part-c", type="part", name="C++", stock=5)
            for rows in files:
                text = "|".join(header) + "\n" + "".join("|".join(row) + "\n" for row in rows)
                before = await items(hall)
                told_before = await outcome(hall, text, key, dry_run=True)
                assert await items(hall) == before
                assert await outcome(hall, text, key) == told_before
                after = await items(hall)
                if isinstance(told_before, str):
                    assert after == before
                    continue
                counts = Counter(told_before["counts"])
                assert len(after) - len(before) == counts["added"]
                assert sum(before[one] != after[one] for one in before) == counts["changed"]
                assert counts.total() + told_before["refused_count"] == told_before["report"]["rows"]
                again = await imported(hall, text, key=key)
                assert await items(hall) == after
                assert again.counted.counts["added"] == again.counted.counts["changed"] == 0

    asyncio.run(tried())


async def test_a_dry_run_of_many_rows_sees_what_the_rows_before_would_take(hall: Service) -> None:
    rows = [f"{number},Part {number},{number % 600}" for number in range(1000)]
    text = "SKU,Name,Serial\n" + "\n".join(rows)
    tried = told(await imported(hall, text, dry_run=True))
    assert (tried["counts"], tried["refused_count"]) == ({"added": 600}, 400)
    assert told(await imported(hall, text)) == tried


async def test_a_row_that_the_rules_of_items_refuse_takes_no_other_with_it() -> None:
    async with open_memory() as store, engine_on(store, types=UNRELATED) as engine:
        hall = Service(engine)
        rows = [f"{number},Part {number}" for number in range(100)]
        for number in (0, 50, 51, 99):
            rows[number] = f"{number},{'x' * 3_000}"
        text = "ID,Name\n" + "\n".join(rows)
        tried = told(await imported(hall, text, dry_run=True))
        assert told(await imported(hall, text)) == tried
        assert (tried["counts"], tried["refused_count"]) == ({"added": 96}, 4)
        assert [row["item_id"] for row in tried["refused"]] == ["part-0", "part-50", "part-51", "part-99"]
        assert len(await items(hall)) == 96


# ── the same rows, the same items ────────────────────────────────────────────────────────────────────────────────────


async def test_one_double_key_in_the_next_version_of_a_list_adds_nothing_again(hall: Service) -> None:
    rows = [f"S{number},Part {number},5" for number in range(300)]
    await imported(hall, "SKU,Name,Stock\n" + "\n".join(rows))
    before = await items(hall)
    result = await imported(hall, "SKU,Name,Stock\n" + "\n".join([*rows, "S7,Part 7,9"]))
    assert (result.counted.counts["unchanged"], result.refused_count) == (300, 1)
    assert await items(hall) == before


@pytest.mark.parametrize(
    ("first", "then"),
    [
        ("Name,Stock\nBolt,5\nNut,6\n", "SKU,Name,Stock\nA,Bolt,7\nB,Nut,8\n"),
        ("SKU,Name,Stock\nA,Bolt,5\nB,Nut,6\n", "ID,SKU,Name,Stock\n1,A,Bolt,7\n2,B,Nut,8\n"),
        ("ID,Name,Stock\n1,Bolt,5\n2,Nut,6\n", "ID,SKU,Name,Stock\n1,A,Bolt,7\n2,B,Nut,8\n"),
    ],
)
async def test_later_versions_of_a_list_go_by_what_the_first_went_by(
    hall: Service, first: str, then: str
) -> None:
    await imported(hall, first)
    before = await items(hall)
    result = await imported(hall, then)
    assert result.counted.counts["changed"] == 2
    assert set(await items(hall)) == set(before)


async def test_the_key_is_remembered_for_its_workspace_and_type(hall: Service) -> None:
    await imported(hall, "Name,SKU\nBolt,A\n", key="name")
    store = hall.engine.store
    assert await store.import_keys("hall") == {"part": "name"}
    assert await store.import_keys("yard") == {}
    await imported(hall, "Name,SKU\nBolt,A\n", key="SKU", dry_run=True)
    await imported(hall, "Name,SKU,Stock\nBolt,A,lots\n", key="SKU")
    assert await store.import_keys("hall") == {"part": "name"}, "nothing was taken"


async def test_no_file_without_the_key_of_earlier_ones_and_no_key_said_once_makes_another_of_it(
    hall: Service,
) -> None:
    text = "SKU,Name,Stock\nA,Bolt,5\n"
    await imported(hall, text)
    with pytest.raises(InvalidMessageError, match="went by sku"):
        await imported(hall, "Name,Stock\nBolt,6\n")
    await imported(hall, "Name,Stock\nNut,6\n", key="name")
    assert (await imported(hall, text)).counted.counts["unchanged"] == 1
    assert set(await items(hall)) == {"part-A", "part-nut"}


async def test_a_key_that_is_said_for_a_file_with_both_is_that_of_later_imports(hall: Service) -> None:
    text = "SKU,Name,Stock\nA,Bolt,5\n"
    await imported(hall, text)
    tried = await imported(hall, text, key="name", dry_run=True)
    assert "from now on imports of part go by name, and not by sku" in tried.report["notes"][0]
    assert await hall.engine.store.import_keys("hall") == {"part": "sku"}
    assert told(await imported(hall, text, key="name")) == told(tried)
    assert await hall.engine.store.import_keys("hall") == {"part": "name"}
    assert (await imported(hall, text)).counted.counts["unchanged"] == 1


@pytest.mark.parametrize(
    ("first", "then", "why"),
    [
        ("0012", "12", "there is part-0012"),
        ("12", "0012", "there is part-12"),
        ("0012", "00012", "there is part-0012"),
    ],
)
async def test_a_key_that_lost_its_zeros_adds_no_second_item(
    hall: Service, first: str, then: str, why: str
) -> None:
    await imported(hall, f"SKU,Name\n{first},Bolt\n")
    text = f"SKU,Name\n{then},Bolt\n7777,Nut\n"
    tried = await imported(hall, text, dry_run=True)
    assert [row["why"].partition(",")[0] for row in tried.report["refused"]] == [why]
    assert told(await imported(hall, text)) == told(tried)
    assert set(await items(hall)) == {f"part-{first}", "part-7777"}
    assert (await imported(hall, f"Item ID,Name\npart-{then},Bolt\n")).counted.counts["added"] == 1


@pytest.mark.parametrize(("first", "then"), [("0012", "12"), ("12", "0012"), ("0012", "00012")])
async def test_a_key_that_lost_its_zeros_is_found_in_any_row(hall: Service, first: str, then: str) -> None:
    await imported(hall, f"SKU,Name\n{first},Bolt\n")
    rows = [*(f"{number},x" for number in range(7_000, 7_600)), f"{then},Bolt"]
    text = "SKU,Name\n" + "\n".join(rows)
    tried = await imported(hall, text, dry_run=True)
    assert [row["row"] for row in tried.report["refused"]] == [602]
    assert told(await imported(hall, text)) == told(tried)


async def test_where_items_lost_zeros_rows_of_one_file_are_compared_too(hall: Service) -> None:
    await imported(hall, "SKU,Name\n0012,Bolt\n")
    rows = ["12,Bolt", *(f"A{number},x" for number in range(600)), "0013,Nut", "13,Nut"]
    text = "SKU,Name\n" + "\n".join(rows)
    tried = await imported(hall, text, dry_run=True)
    assert [row["row"] for row in tried.report["refused"]] == [2, 604]
    assert told(await imported(hall, text)) == told(tried)


async def test_a_further_field_keeps_its_kind_from_one_file_to_the_next(hall: Service) -> None:
    await imported(hall, "SKU,Shelf,Weight\nA,A1,5\n")
    text = "SKU,Shelf,Weight\nB,12,7\nC,13,heavy\n"
    tried = await imported(hall, text, dry_run=True)
    result = await imported(hall, text)
    assert told(result) == told(tried)
    there = await items(hall)
    assert [there[one]["shelf"] for one in ("part-A", "part-B", "part-C")] == ["A1", "12", "13"]
    assert [there[one]["weight"] for one in ("part-A", "part-B")] == [5, "7"]
    assert result.report["notes"] == [
        "numbers in shelf are kept as texts, as in the part that are there",
        "weight has cells that are no numbers, so that all of it is kept as texts; in the part that are there it has numbers",
    ]


async def test_a_name_that_a_file_does_not_have_is_no_key_of_it(hall: Service) -> None:
    await add(hall, "part-c", type="part", name="C++")
    for done in ("added", "unchanged"):
        assert (await imported(hall, "SKU,Stock\nC++,1\n")).counted.counts[done] == 1
    assert await hall.engine.store.import_keys("hall") == {"part": "sku"}


async def test_a_name_that_a_row_does_not_say_renames_no_item(hall: Service) -> None:
    await imported(hall, "SKU,Name,Stock\n0012,Bolt,5\n")
    for text in ("SKU,Stock\n0012,9\n0013,1\n", "SKU,Name,Stock\n0012,,8\n"):
        await imported(hall, text)
    assert [(one["name"], one["stock"]) for one in (await items(hall)).values()] == [("Bolt", 8), ("0013", 1)]
    result = await imported(hall, "Item ID,Type,Name,Stock\npart-0012,part,,8\npart-0013,part,Nut,1\n")
    assert [row["why"] for row in result.report["refused"]] == ["its name was emptied: an item keeps one"]
    assert [one["name"] for one in (await items(hall)).values()] == ["Bolt", "Nut"]


async def test_a_column_that_was_emptied_in_an_export_clears_its_field_of_all_items(hall: Service) -> None:
    for one in "ab":
        await add(hall, one, type="part", name=one, stock=5, colour="red")
    await imported(hall, "Item ID,Type,Name,Stock,colour,\na,part,a,,,\nb,part,b,,,\n")
    assert [set(one) - {"version"} for one in (await items(hall)).values()] == [{"id", "type", "name"}] * 2


async def test_stock_that_is_said_without_places_leaves_none_by_place(hall: Service) -> None:
    async with open_memory() as store, engine_on(store, types=PLACED) as engine:
        stores = Service(engine)
        head = "SKU,Name,Location,Stock\n"
        for text, there in (
            (
                f"{head}A,Bolt,Oslo,5\nA,Bolt,Bergen,6\n",
                {"Oslo": {"current_stock": 5}, "Bergen": {"current_stock": 6}},
            ),
            (
                f"{head}A,Bolt,Oslo,5\nA,Bolt,Bergen,lots\n",
                {"Oslo": {"current_stock": 5}, "Bergen": {"current_stock": 6}},
            ),
            (f"{head}A,Bolt,Oslo,5\n", None),
            (
                f"{head}A,Bolt,Oslo,1\nA,Bolt,Turku,2\n",
                {"Oslo": {"current_stock": 1}, "Turku": {"current_stock": 2}},
            ),
            ("SKU,Name,Stock\nA,Bolt,3\n", None),
        ):
            await imported(stores, text)
            assert (await items(stores))["part-A"].get("by_location") == there


@pytest.mark.parametrize(
    ("item_id", "text"),
    [
        (
            "part-bolt-m8",
            "SKU,Name,Stock\nX,Bolt M8,5\nX,Nut,5\n",
        ),  # was not unique, so that names made the ids
        ("part-bolt-m8-zinc", "Name,Stock\nBolt M8 (zinc),5\n"),
        ("part-X", "SKU,Name,Stock\nX,Bolt M8,5\n"),
    ],
)
async def test_items_that_an_older_streamd_imported_keep_their_ids(
    hall: Service, item_id: str, text: str
) -> None:
    row = text.splitlines()[1].split(",")
    sku = {"sku": "X"} if text.startswith("SKU") else {}
    await add(hall, item_id, type="part", name=row[-2], stock=5, **sku)
    result = await imported(hall, text)
    assert result.counted.counts["unchanged"] == 1
    assert item_id in await items(hall)


# ── op_id ────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_repeated_import_is_answered_with_its_first_result(hall: Service) -> None:
    text = "SKU,Name,Stock\nA,Bolt,5\nB,Nut,lots\nA,Bolt,6\n"
    first = told(await imported(hall, text, op_id="1"))
    await imported(hall, "SKU,Name,Stock\nA,Bolt,7\n")
    before = await items(hall)
    assert told(await imported(hall, text, op_id="1")) == first
    assert told(await imported(hall, text, op_id="1", dry_run=True)) != first
    others: tuple[dict[str, Any], ...] = ({"key": "name"}, {"type_name": "maker"}, {"decimal": "comma"})
    for other in others:
        with pytest.raises(OpIdReusedError):
            await imported(hall, text, op_id="1", **other)
    with pytest.raises(OpIdReusedError):
        await imported(hall, text.encode(), op_id="1")
    assert await items(hall) == before


async def test_a_result_that_an_older_streamd_recorded_is_still_the_answer(hall: Service) -> None:
    text = "SKU,Name,Stock\nA,Bolt,5\nB,Nut,lots\nA,Bolt,6\n"
    recorded = {
        "asked": fingerprint("import", text, "part", ""), "counts": {"unchanged": 1}, "refused": [], "unknown": [],
    }  # fmt: skip
    scope, op_id = ROOT.op_key("1") or ("", "")
    results = (
        OpResult(scope, op_id, orjson.dumps({"asked": recorded["asked"], "results": []}), 0),
        OpResult(scope, f"{op_id}{PART}result", orjson.dumps(recorded), 0),
    )
    await hall.engine.journal.persist("hall", RunUpdates(results=results))
    answer = told(await imported(hall, text, op_id="1"))
    assert (answer["counts"], answer["refused_count"]) == ({"unchanged": 1}, 2)
    assert [row["row"] for row in answer["report"]["refused"]] == [3, 4]
    assert await items(hall) == {}


# ── uploads ──────────────────────────────────────────────────────────────────────────────────────────────────────────


async def upload(
    hall: Service, uploads: Uploads, number: int, content: str | bytes, name: str = "file"
) -> int:
    return await service.add_upload_part(hall, ROOT, uploads, name, number, content)


async def test_parts_cut_anywhere_are_one_file(hall: Service) -> None:
    content = "SKU;Name;Stock\nA;Größe;1,5\nB;Ö;2.000\n".encode()
    for size in (1, 7, 1000):
        uploads = Uploads()
        cuts = [content[start : start + size] for start in range(0, len(content), size)]
        for number, part in enumerate(cuts, start=1):
            assert await upload(hall, uploads, number, part) == min(len(content), size * number)
        file = FileContent(uploads.get("file"))
        assert (file.size, file.digest) == (len(content), FileContent(content).digest)
        result = await service.import_table(hall, ROOT, file, lambda *_: None, options=ImportOptions("part"))
        assert result.refused_count == 0
        uploads.close()
        del file
    assert [one["stock"] for one in (await items(hall)).values()] == [1.5, 2000]
    async with asyncio.timeout(10):
        while hall.engine.upload_room.in_memory:  # noqa: ASYNC110 - its thread may be about to let go of it
            await asyncio.sleep(0)
    assert hall.engine.uploads.held == 0


async def test_a_part_out_of_order_is_refused_and_leaves_the_file_as_it_was(hall: Service) -> None:
    uploads = Uploads()
    with pytest.raises(NotFoundError, match="from part 1"):
        await upload(hall, uploads, 2, b"x")
    await upload(hall, uploads, 1, b"SKU,Name\n")
    for number in (3, 7):
        with pytest.raises(InvalidMessageError, match="part 2 of upload file is expected"):
            await upload(hall, uploads, number, b"x")
    with pytest.raises(InvalidMessageError, match="are text, or all are bytes"):
        await upload(hall, uploads, 2, "x")
    await upload(hall, uploads, 2, b"A,Bolt\n")
    with pytest.raises(InvalidMessageError, match="part 3"):
        await upload(hall, uploads, 2, b"A,Bolt\n")
    assert uploads.get("file").size == 16
    assert await upload(hall, uploads, 1, b"begun again") == 11
    uploads.close()
    assert hall.engine.uploads.held == 0


async def test_uploads_are_bounded_in_number_and_size(hall: Service) -> None:
    uploads, engine = Uploads(), hall.engine
    for name in "abcd":
        await upload(hall, uploads, 1, b"x", name)
    with pytest.raises(BusyError, match="at most 4"):
        await upload(hall, uploads, 1, b"x", "e")
    limit = engine.config.limits.upload_bytes_per_user
    engine.uploads.of(ROOT.flow.account).add(limit)
    with pytest.raises(BusyError, match="send this part again"):
        await upload(hall, uploads, 2, b"x", "a")
    engine.uploads.of(ROOT.flow.account).remove(limit)
    assert await upload(hall, uploads, 2, b"x", "a") == 2
    assert engine.uploads.held == 5
    uploads.close()
    assert engine.uploads.held == 0


async def test_a_file_larger_than_a_user_may_have_is_refused(
    hall: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    uploads = Uploads()
    await upload(hall, uploads, 1, b"12345")
    monkeypatch.setattr(uploads.get("file"), "_limit", 8)
    with pytest.raises(TooLargeError, match="at most 8 bytes"):
        await upload(hall, uploads, 2, b"6789")
    assert await upload(hall, uploads, 2, b"678") == 8


async def test_an_upload_that_nobody_goes_on_with_is_removed(
    hall: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("streamd.service.uploads._IDLE_SECONDS", 0.0)
    uploads = Uploads()
    await upload(hall, uploads, 1, b"x")
    uploads.touch("file", in_use=True)
    await asyncio.sleep(0.001)
    assert uploads.get("file").size == 1, "not while it is imported"
    uploads.touch("file", in_use=False)
    async with asyncio.timeout(10):
        while hall.engine.uploads.held:  # noqa: ASYNC110 - a timer of the loop
            await asyncio.sleep(0.001)
    with pytest.raises(NotFoundError):
        uploads.get("file")
