"""What values, names and texts may be, asked of the daemon over its socket: numbers, spellings, flat rows, texts of all kinds."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import orjson
import pytest

from tests.support.daemon import Client, Daemon, running
from tests.support.raw import RawClient, frame, raw_client
from tests.support.witness import check_log

PATIENT: Final = {"STREAMD_WS__MAX_BAD_MESSAGES": "1000000"}
NFC: Final = "\u00e9t\u00e9"
NFD: Final = "e\u0301te\u0301"


@pytest.fixture
async def daemon(tmp_path: Path) -> AsyncIterator[Daemon]:
    async with running(tmp_path, **PATIENT) as one:
        yield one
        check_log(one)


async def added(client: Client, item_id: str, **fields: object) -> None:
    answer = await client.ask(
        type="add_item", id=item_id, item={"type": "inventory", "name": item_id, **fields}
    )
    assert answer["type"] == "ack", answer


async def item(client: Client, item_id: str) -> dict[str, Any]:
    found: dict[str, Any] = (await client.ask(type="get_item", item_id=item_id))["item"]
    return found


async def found(client: Client, *where: object) -> list[str]:
    return [one["id"] for one in (await client.ask(type="list_items", where=list(where)))["items"]]


# ── numbers ──────────────────────────────────────────────────────────────────────────────────────────────────────────

BEYOND: Final = {
    "9007199254740992": "is beyond ±(2^53-1)",
    "-9007199254740992": "is beyond ±(2^53-1)",
    "18446744073709551615": "is beyond ±(2^53-1)",
    "18446744073709551616": "is beyond ±(2^53-1)",
    "1234567890123456789012": "is beyond ±(2^53-1)",
    "-1234567890123456789012345678901234567890": "is beyond ±(2^53-1)",
    "1234567890123456789012.5": "is beyond ±(2^53-1)",
    "9" * 400: "is not a finite number",
    "1e400": "is not a finite number",
    "-1E+999": "is not a finite number",
    "1e-400": "is too small for a number, and would be 0",
    f"0.{'0' * 400}1": "is too small for a number, and would be 0",
}
WITHIN: Final = (
    "9007199254740991",
    "-9007199254740991",
    "1e21",
    "1.5e300",
    "5e-324",
    "0.1000000000000000055",
    "0e-400",
    "-0.0",
)

PLACES: Final = {
    "item.x": '{"type":"add_item","item":{"type":"inventory","name":"n","x":%s},"request_id":"r"}',
    "set.x[1].y": '{"type":"change_item","item_id":"lamp","set":{"x":[0,{"y":%s}]},"request_id":"r"}',
    "add_to_set.x[0]": '{"type":"change_item","item_id":"lamp","add_to_set":{"x":[%s]},"request_id":"r"}',
    "data.x": '{"type":"publish","event_type":"e","data":{"x":%s},"request_id":"r"}',
    "context.x": '{"type":"user_request","user_input":"Hello","context":{"x":%s},"request_id":"r"}',
    "where[0][2]": '{"type":"list_items","where":[["x","==",%s]],"request_id":"r"}',
}


async def refusal(client: RawClient, text: str) -> dict[str, Any]:
    await client.send(frame(text.encode()))
    return (await client.replies(1))[0]


async def test_what_no_number_holds_is_refused_with_its_path_wherever_it_stands(daemon: Daemon) -> None:
    async with raw_client(daemon) as client:
        for literal, why in BEYOND.items():
            for path, text in PLACES.items():
                answer = await refusal(client, text % literal)
                assert (answer["type"], answer["code"], answer["path"], answer["request_id"]) == (
                    "error", "invalid_message", path, "r",
                ), (literal, answer)  # fmt: skip
                assert answer["message"].endswith(why)
                assert literal not in answer["message"]
        for literal in WITHIN:
            answer = await refusal(client, PLACES["item.x"] % literal)
            assert answer["type"] == "ack", (literal, answer)


async def test_a_number_in_the_json_text_of_a_context_in_a_row_or_a_key_of_nobody(daemon: Daemon) -> None:
    big = "1234567890123456789012"
    async with raw_client(daemon) as client:
        context = orjson.dumps(f'{{"x":{big}}}').decode()
        answer = await refusal(client, f'{{"type":"user_request","context":{context},"request_id":1}}')
        assert (answer["code"], answer["path"]) == ("invalid_message", "context.x")
        row = '{"type":"bulk","operation":"add_multiple","items":[{"type":"inventory","name":"n","x":%s}]}'
        assert (await refusal(client, row % big))["path"] == "items[0].x"
        assert (await refusal(client, f'{{"type":"ping","nobody":{big}}}'))["type"] == "pong"
        assert (await refusal(client, f'{{"type":"ping","request_id":"{big}"}}'))["request_id"] == big
        for literal in ("NaN", "Infinity", "-Infinity"):
            answer = await refusal(client, PLACES["item.x"] % literal)
            assert (answer["code"], answer["path"], answer["request_id"]) == ("invalid_json", "item.x", "r")


async def test_a_bulk_request_in_words_of_json_text_refuses_what_no_number_holds(daemon: Daemon) -> None:
    async with daemon.client() as client:
        for literal in ("1234567890123456789012", "1e400", '"\\ud800"', "NaN"):
            rows = f'[{{"type":"inventory","name":"n","x":{literal}}}]'
            told = await client.request("", {"operation": "add_multiple", "items": rows})
            assert told[-1]["type"] == "error" or "Nothing was changed" in told[-1]["message"], told[-1]
        assert await found(client) == []


async def test_counting_in_decimals_comes_to_the_decimal(daemon: Daemon) -> None:
    async with daemon.client() as client:
        await added(client, "lamp", price=0.1, dose=1e-10)
        for by in ({"price": 0.2, "dose": 1e-10}, {"price": 0.4}):
            await client.ask(type="change_item", item_id="lamp", inc=by)
        lamp = await item(client, "lamp")
        assert (lamp["price"], lamp["dose"]) == (0.7, 2e-10)


async def test_an_import_keeps_digits_that_no_number_holds_as_text(daemon: Daemon) -> None:
    big = "1234567890123456789012"
    async with daemon.client() as client:
        text = f'ID,Name,Tracking,Data\n1,Lamp,{big},"{{""n"": {big}}}"\n'
        for counts in ((1, 0), (0, 1)):
            ack = await client.ask(type="import", text=text, item_type="inventory")
            assert (ack["added"], ack["unchanged"]) == counts, ack
        lamp = await item(client, "inventory-1")
        assert lamp["tracking"] == big
        assert lamp["data"] == f'{{"n": {big}}}'


async def test_numbers_in_words_and_contexts_are_exact_too(daemon: Daemon) -> None:
    async with daemon.client() as client:
        await added(client, "plain", name="Plain", unit_cost=1e-7, current_stock=5)
        for asked, cost in (
            ("Double the price of Plain", 2e-7),
            ("Increase price of Plain by 0.1", 0.1000002),
            ("Set price of Plain to 0.00000012", 1.2e-7),
            ("Set price of Plain to 0.3", 0.3),
            ("Increase price of Plain by 10%", 0.33),
        ):
            told = await client.request(asked)
            assert (await item(client, "plain"))["unit_cost"] == cost, (asked, told[-1])
        big = "1234567890123456789012"
        for asked in (
            f"Set stock of Plain to {big}",
            f"Increase stock of Plain by {big}",
            f"Set stock of Plain to {big}.5",
        ):
            last = (await client.request(asked))[-1]
            assert last["type"] == "complete", last
            assert "Nothing was changed" in last["message"], last
        assert (await item(client, "plain"))["current_stock"] == 5
        rows = [{"id": "plain", "x": 1e300, "y": 5.0, "z": 1e22}]
        last = (await client.request("", {"operation": "update_multiple", "items": rows}))[-1]
        assert last["data"]["changed"] == ["plain"], last
        assert {key: (await item(client, "plain"))[key] for key in "xyz"} == {"x": 1e300, "y": 5, "z": 1e22}
        whole = (await client.request("How much is the total price of all items?"))[-1]
        assert "0.33" in whole["message"], whole


# ── one equality ─────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_true_is_not_1_for_conditions_and_edits_and_undo(daemon: Daemon) -> None:
    async with daemon.client() as client:
        await added(client, "yes", on=True, tags=[1])
        await added(client, "one", on=1)
        assert await found(client, ["on", "==", True]) == ["yes"]
        assert await found(client, ["on", "==", 1]) == ["one"]
        assert await found(client, ["on", "in", [1.0]]) == ["one"]
        assert await found(client, ["on", ">=", 1]) == ["one"]
        assert await found(client, ["tags", "contains", True]) == []

        change = await client.ask(type="change_item", item_id="yes", set={"on": False})
        later = await client.ask(type="change_item", item_id="yes", set={"on": 0})
        assert "unchanged" not in later
        assert (await client.ask(type="undo", seq=change["seq"]))["code"] == "conflict"


async def test_case_counts_in_conditions_and_not_in_requests_in_words(daemon: Daemon) -> None:
    async with daemon.client() as client:
        await added(client, "a", supplier="Acme Metals", category="tools")
        assert await found(client, ["category", "==", "Tools"]) == []
        assert await found(client, ["category", "=~", "Tools"]) == ["a"]
        assert await found(client, ["category", "!~", "Tools"]) == []
        assert await found(client, ["category", "in~", ["TOOLS", "toys"]]) == ["a"]
        assert await found(client, ["supplier", "contains", "metal"]) == ["a"]
        told = await client.request("Remove all items from supplier acme metals")
        assert told[-1]["data"]["removed"] == ["a"], told[-1]


async def test_two_spellings_of_a_name_are_one_name_everywhere(daemon: Daemon) -> None:
    async with daemon.client() as client:
        await added(client, NFD, **{NFD: 1, "note": NFD})
        again = await client.ask(type="add_item", id=NFC, item={"type": "inventory", "name": "n"})
        assert (again["code"], again["item_id"]) == ("exists", NFC)
        for spelling in (NFC, NFD):
            ack = await client.ask(type="change_item", item_id=spelling, inc={spelling: 1})
            assert (ack["type"], ack["item_id"]) == ("ack", NFC)
            assert (await item(client, spelling))["id"] == NFC
            for field in (NFC, NFD):
                assert await found(client, [field, ">=", 1]) == [NFC]
            assert await found(client, ["note", "==", spelling]) == [NFC]
        own = {"id": NFC, "type": "inventory", "name": NFD, NFC: 3, "note": NFD}
        assert (await item(client, NFC)).items() >= own.items()
        same = await client.ask(type="change_item", item_id=NFC, set={"note": NFC})
        assert same["unchanged"] is True
        assert (await client.ask(type="remove_item", item_id=NFD))["type"] == "ack"
        assert (await client.ask(type="get_item", item_id=NFC))["code"] == "gone"


async def test_requests_in_words_find_names_in_both_spellings(daemon: Daemon) -> None:
    async with daemon.client() as client:
        for stored, asked in ((NFC, NFD), (NFD, NFC)):
            await added(client, "a", name=f"{stored} Filter", supplier=stored)
            last = (await client.request(f"Set stock of {asked} Filter to 4"))[-1]
            assert last["data"]["changed"] == ["a"], last
            last = (await client.request(f"Remove all items from supplier {asked}"))[-1]
            assert last["data"]["removed"] == ["a"], last
            await added(client, stored)
            last = (await client.request("", {"action": "remove", "item_id": asked}))[-1]
            assert last["data"]["removed"] == [NFC], last


async def test_two_spellings_of_a_workspace_are_one(daemon: Daemon) -> None:
    korean = ("\ud55c", "\u1112\u1161\u11ab")
    async with daemon.client(workspace=korean[0]) as one, daemon.client(workspace=korean[1]) as other:
        await added(one, "a")
        assert await found(other) == ["a"]


async def test_an_import_knows_ids_and_names_of_columns_in_both_spellings(daemon: Daemon) -> None:
    async with daemon.client() as client:
        for spelling, counts in ((NFC, (1, 0, 0)), (NFD, (0, 0, 1)), (NFC, (0, 0, 1))):
            text = f"Name,SKU,{spelling}\n{spelling},{spelling}-1,{spelling}\n"
            ack = await client.ask(type="import", text=text, item_type="inventory")
            assert (ack["added"], ack["changed"], ack["unchanged"]) == counts, (
                ack,
                await client.ask(type="list_items"),
            )


# ── flat rows ────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_bulk_changes_by_flat_rows_and_counts_first(daemon: Daemon) -> None:
    async with daemon.client() as client:
        for name in ("a", "b", "c"):
            await added(client, name, stock=1, note="old")
        rows = [
            {"id": "a", "min_stock": 3, "note": None},
            {"item_id": "b", "set": {"set": "of six", "id_of_set": 1}, "ignored": True},
            {"item_id": "c", "stock": 5, "base": 1},
            {"id": "d", "stock": 5},
            {"id": "a", "inc": {"stock": 2}},
            {"id": "a"},
            {"id": "a", "x": {"y": 2**60}},
            {"stock": 1},
        ]
        ack = await client.ask(type="bulk", operation="update_multiple", items=rows)
        assert [key for key in ack if key not in ("type", "request_id")][:2] == ["done", "refused"]
        assert (ack["done"], ack["refused"]) == (4, 4)
        refused = {result["index"]: result["error"] for result in ack["results"] if "error" in result}
        assert {index: error.get("path", error["code"]) for index, error in refused.items()} == {
            3: "not_found", 5: "items[5].set", 6: "items[6].x.y", 7: "items[7].item_id",
        }  # fmt: skip
        a, b, c = [await item(client, name) for name in ("a", "b", "c")]
        assert (a["min_stock"], a["stock"], "note" in a) == (3, 3, False)
        assert (b["set"], "ignored" in b) == ("of six", False)
        assert (c["stock"], "base" in c) == (5, False)

        rows = [{"id": "a", "stock": 9}, {"id": "a", "name": 5, "id ": 1}]
        assert (await client.ask(type="bulk", operation="update_multiple", items=rows, atomic=True))[
            "type"
        ] == "error"
        assert (await item(client, "a"))["stock"] == 3


# ── texts ────────────────────────────────────────────────────────────────────────────────────────────────────────────

TEXTS: Final = (
    "a\u00a0b", "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", "👩\u200d👩\u200d👧", "全角\u3000空白", "x\u2028y", "\ufeffx", "\u200e\u202eabc",
    "\U000e0001", "\ue000",
)  # fmt: skip


async def test_text_is_text_in_names_and_reasons(daemon: Daemon) -> None:
    async with daemon.client() as client:
        for number, text in enumerate((*TEXTS, "two\nlines", "tab\there", "a\r\n")):
            await added(client, f"i{number}", name=text, note=text, tags=[text])
            assert (await item(client, f"i{number}"))["note"] == text
            assert await found(client, ["name", "==", text]) == [f"i{number}"]
            ack = await client.ask(type="remove_item", item_id=f"i{number}", reason=text)
            await client.heard(ack["seq"])
            assert client.events[-1]["data"]["reason"] == text
        refused = await client.ask(type="remove_item", item_id="i0", reason="bell \a")
        assert (refused["code"], refused["path"]) == ("invalid_message", "reason")


async def test_ids_and_names_may_have_any_text_but_control_characters(daemon: Daemon) -> None:
    async with daemon.client() as client:
        for text in TEXTS:
            ack = await client.ask(
                type="add_item", id=text, op_id=text, user_id=text, item={"type": text, "name": "n", text: 1}
            )
            assert (ack["type"], ack["item_id"]) == ("ack", text), ack
            assert (await item(client, text))[text] == 1
            assert (await client.ask(type="list_items", item_type=text))["items"][0]["id"] == text
            assert (await client.ask(type="publish", event_type=text, data={}, item_id=text))["type"] == "ack"
            assert (await client.ask(type="thread", thread_id=text))["code"] == "not_found"
        for text in ("a\0", "\n", "\x7f", "\x85", "a\tb"):
            for message in (
                {"type": "get_item", "item_id": text},
                {"type": "add_item", "item": {"type": text, "name": "n"}},
                {"type": "add_item", "item": {"type": "inventory", "name": "n", text: 1}},
                {"type": "add_item", "item": {"type": "inventory", "name": "n"}, "op_id": text},
                {"type": "thread", "thread_id": text},
                {"type": "publish", "event_type": text, "data": {}},
            ):
                assert (await client.ask(**message))["code"] == "invalid_message", message
            refused = await client.ask(type="add_item", item={"type": text, "name": "n"})
            assert refused["path"] == "type"  # not that of the id, which is made of it


async def test_a_file_with_bytes_that_are_not_utf_8_sends_no_such_bytes(tmp_path: Path) -> None:
    async with running(tmp_path) as daemon, daemon.client() as client:
        await added(client, "a", note="xxxx")
        hello = await client.ask(type="hello")
    with closing(sqlite3.connect(tmp_path / "streamd.db")) as file, file:
        for table in ("entries", "items"):
            file.execute(
                f"UPDATE {table} SET body = CAST(replace(CAST(body AS BLOB), 'xxxx', x'fffec080') AS TEXT)"
            )
    async with running(tmp_path) as daemon:
        for query in ("snapshot=1", f"since=0&epoch={hello['epoch']}"):
            async with raw_client(daemon, f"/?{query}") as raw:
                heard = (await raw.frame()).message
                assert (heard["type"], heard["items"], heard["unreadable"]) == ("snapshot", [], 1)


HALF: Final = r"\ud83d"
HALVES: Final = {
    "item.name": r'{"type":"add_item","item":{"type":"inventory","name":"a%sb"},"request_id":"r"}',
    "item.tags[1].x": r'{"type":"add_item","item":{"type":"inventory","name":"n","tags":[0,{"x":"%s"}]},"request_id":"r"}',
    "item_id": r'{"type":"get_item","item_id":"%s","request_id":"r"}',
    "op_id": r'{"type":"remove_item","item_id":"a","op_id":"%s","request_id":"r"}',
    "reason": r'{"type":"remove_item","item_id":"a","reason":"%s","request_id":"r"}',
    "user_input": r'{"type":"user_request","user_input":"Hello %s","request_id":"r"}',
    "items[0].name": r'{"type":"bulk","operation":"add_multiple","items":[{"type":"a","name":"%s"}],"request_id":"r"}',
    "text": r'{"type":"import","text":"Name\n%s\n","request_id":"r"}',
    "data.?": r'{"type":"publish","event_type":"e","data":{"%s":1},"request_id":"r"}',
    "set.a?": r'{"type":"change_item","item_id":"a","set":{"a%s":1},"request_id":"r"}',
    "type": r'{"type":"%s","request_id":"r"}',
    "nobody": r'{"type":"ping","nobody":"%s","request_id":"r"}',
}  # fmt: skip


async def test_half_of_a_surrogate_pair_is_refused_with_its_path_and_the_connection_lives(
    daemon: Daemon,
) -> None:
    async with raw_client(daemon) as client:
        for half in (HALF, r"\ude00", r"\udbff"):
            for path, text in HALVES.items():
                answer = await refusal(client, text % half)
                assert (answer["type"], answer["code"], answer["path"], answer["request_id"]) == (
                    "error", "invalid_message", path, "r",
                ), (text, answer)  # fmt: skip
        answer = await refusal(client, r'{"type":"ping","request_id":"\ud83d"}')
        assert (answer["code"], answer["path"], "request_id" in answer) == (
            "invalid_message",
            "request_id",
            False,
        )
        whole = await refusal(client, r'{"type":"ping","request_id":"\ud83d\ude00"}')
        assert whole["request_id"] == "😀"


@pytest.mark.parametrize("text", ["a\0", "bell \a", "\x7fa", "a\x85b", "\x9f"])
async def test_an_items_name_has_no_control_characters_and_an_older_one_stays(
    tmp_path: Path, text: str
) -> None:
    async with running(tmp_path) as daemon:
        async with daemon.client() as client:
            await added(client, "a")
            await added(client, "b", size=1)
            for message in (
                {"type": "add_item", "id": "c", "item": {"type": "inventory", "name": text}},
                {"type": "change_item", "item_id": "a", "set": {"name": text}},
                {"type": "change_item", "item_id": "a", "set": {"type": "note", "name": text}},
            ):
                refused = await client.ask(**message)
                assert (refused["code"], refused["path"]) == ("invalid_message", "name"), message
            assert (await client.ask(type="change_item", item_id="a", set={"note": text}))["type"] == "ack"
        await daemon.stop()
        with closing(sqlite3.connect(tmp_path / "streamd.db")) as database, database:
            body = orjson.dumps({"id": "b", "type": "inventory", "name": text, "size": 1})
            database.execute("UPDATE items SET body = ? WHERE id = 'b'", [body.decode()])
        await daemon.start()
        async with daemon.client() as client:
            changed = await client.ask(type="change_item", item_id="b", set={"size": 2, "name": text})
            assert changed["type"] == "ack"
            assert (await item(client, "b"))["name"] == text
            removed = await client.ask(type="remove_item", item_id="b")
            assert (await client.ask(type="undo", seq=removed["seq"]))["type"] == "ack"
