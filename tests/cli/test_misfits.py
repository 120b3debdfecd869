"""Items from before a declaration: counted at the start and by check-config, mended by migrate-items."""

import asyncio
import csv
import io
import os
import sys
import tomllib
from pathlib import Path
from typing import Final

import orjson
import pytest

from streamd.config import load
from streamd.core.declared.declarations import item_types_from
from streamd.core.declared.impossible import impossible_criteria
from streamd.language import English
from tests.support.daemon import ROOT, Message, running

LOOSE = "[item_types.part]\n"
DECLARED = """
[item_types.part.fields]
stock = { type = "number", minimum = 0 }
price = { type = "decimal" }
sku = { type = "string", unique = true }
maker = { type = "reference", refers_to = "maker" }
[item_types.maker]
"""
ITEMS = [
    {"id": "m1", "type": "maker", "name": "Acme"},
    {"id": "p1", "type": "part", "name": "P1", "stock": "100", "price": "12.50", "sku": "A", "maker": "Acme"},
    {"id": "p2", "type": "part", "name": "P2", "stock": "a lot", "sku": "A", "maker": "Nobody"},
    {"id": "p3", "type": "part", "name": "P3", "stock": 3},
]


async def command(directory: Path, *arguments: str) -> tuple[int, str, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "streamd", *arguments,
        cwd=directory, env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    async with asyncio.timeout(60):
        out, err = await process.communicate()
    return process.returncode or 0, out.decode(), err.decode()


async def test_what_was_stored_before_a_declaration_is_counted_mended_and_exported(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text(LOOSE)
    async with running(tmp_path) as daemon, daemon.client() as client:
        assert (await client.ask(type="bulk", operation="add_multiple", items=ITEMS))["refused"] == 0
    config.write_text(LOOSE + DECLARED)

    status, _, err = await command(tmp_path, "check-config")
    assert status == 0
    assert "2 items of type part in workspace default do not fit stock" in err
    assert "1 item of type part in workspace default does not fit price" in err
    assert "2 items of type part in workspace default do not fit maker" in err
    assert "does not fit sku" in err
    assert "p1, p2" in err

    async with running(tmp_path) as daemon, daemon.client(snapshot=1) as client:
        found = [orjson.loads(line) for line in await daemon.logs("items_do_not_fit", count=4)]
        assert {one["field"]: one["count"] for one in found} == {"stock": 2, "price": 1, "maker": 2, "sku": 1}
        await client.until(lambda message: message["type"] == "snapshot")
        exported = await client.ask(type="export", format="csv", item_type="part")
        assert "a lot" in exported["text"]

        url = f"--url={daemon.url}"
        status, out, _ = await command(tmp_path, "migrate-items", url)
        assert (status, "part.stock: 1 can be mended" in out) == (1, True)
        assert [client.items["p1"]["stock"]] == ["100"]

        status, out, _ = await command(tmp_path, "migrate-items", "--apply", url)
        assert status == 1
        assert "part.stock: 1 mended" in out
        assert "part.stock: 1 cannot be mended: p2 (a lot)" in out
        assert "part.maker: 1 cannot be mended: p2 (Nobody)" in out
        mended = (await client.ask(type="get_item", item_id="p1"))["item"]
        assert (mended["stock"], mended["price"], mended["maker"]) == (100, 12.5, "m1")
        # Who was connected heard it.
        assert [client.items["p1"]["stock"]] == [100]

        await client.ask(type="change_item", item_id="p2", set={"stock": 1, "maker": "Acme"})
        status, out, _ = await command(tmp_path, "migrate-items", url)
        assert (status, out.count("\n")) == (1, 1)
        assert out.startswith("part.sku: 1 cannot be mended: p2 (")
        await client.ask(type="change_item", item_id="p2", set={"sku": "B"})
        status, out, _ = await command(tmp_path, "migrate-items", url)
        assert (status, out) == (0, "all items fit their declarations\n")
        status, out, err = await command(tmp_path, "migrate-items", url, "--workspace=nowhere")
        assert (status, out) == (1, "")
        assert "workspace nowhere" in err


_TEXTS: Final = (
    "=1+1",
    "+49 30 1",
    "-5",
    "@home",
    "'90s",
    "''",
    " a ",
    "\t",
    "a;b",
    "[1]",
    "12",
    "n/a",
    "3 May",
    "20240102",
)
_VALUES: Final[tuple[object, ...]] = (
    *_TEXTS,
    12,
    -0.5,
    20240102,
    True,
    False,
    ["a", "b"],
    ["a;b"],
    [1, None],
    [],
    {"a": 1},
    {},
    "m1",
    "gone",
)


async def test_an_export_of_misfits_is_imported_without_a_change(tmp_path: Path) -> None:
    kinds = ("string", "number", "integer", "decimal", "boolean", "object", "date", "datetime", "list")
    items: list[Message] = [
        {"type": "maker", "name": "Acme", "id": "m1"},
        {"type": "maker", "name": "gone", "id": "m2"},
    ]
    for number, value in enumerate(_VALUES):
        fields = dict.fromkeys((*kinds, "maker", "grade", "other"), value)
        items.append({"type": "part", "id": f"p{number}", "name": f"P{number}", **fields})
    config = tmp_path / "config.toml"
    config.write_text(LOOSE)
    async with running(tmp_path) as daemon, daemon.client() as client:
        assert (await client.ask(type="bulk", operation="add_multiple", items=items))["refused"] == 0
    declared = "".join(f'fields.{kind} = {{ type = "{kind}" }}\n' for kind in kinds)
    config.write_text(
        "[item_types.maker]\n[item_types.part]\nstrict = true\n"
        f'{declared}fields.maker = {{ type = "reference", refers_to = "maker" }}\n'
        'fields.grade = { type = "string", choices = ["A"] }\nfields.due = { type = "date", required = true }\n'
    )
    async with running(tmp_path) as daemon, daemon.client() as client:
        exported = await client.ask(type="export", format="csv")
        (tmp_path / "all.csv").write_text(exported["text"])
        top = (await client.ask(type="list_items", limit=1))["seq"]
        for dry_run in (True, False):
            told = await client.ask(type="import", text=exported["text"], dry_run=dry_run)
            assert told["refused"] == 0, told
            assert told["unchanged"] == len(items)
        status, out, err = await command(tmp_path, "import", "all.csv", f"--url={daemon.url}")
        assert status == 0, (out, err)
        assert (await client.ask(type="list_items", limit=1))["seq"] == top

        changed = exported["text"].replace("3 May", "tomorrow")
        told = await client.ask(type="import", text=changed)
        assert [one["item_id"] for one in told["refused_items"]] == ["p12"]
        rows = list(csv.reader(io.StringIO(exported["text"])))
        row = next(one for one in rows if one[0] == "p12")
        row[rows[0].index("Date")] = "4 May 2026"
        csv.writer(written := io.StringIO()).writerows(rows)
        told = await client.ask(type="import", text=written.getvalue())
        assert (told["changed"], told["refused"]) == (1, 0)
        assert (await client.ask(type="get_item", item_id="p12"))["item"]["date"] == "2026-05-04"


async def test_dates_are_mended_as_their_field_shows_they_are_written_and_never_guessed(
    tmp_path: Path,
) -> None:
    dates = {
        "shown": ["13/05/2026", "03/05/2026", "2026-01-02", "7/7/2026"],
        "american": ["05/13/2026 10:00", "03/05/2026"],
        "both": ["13/05/2026", "05/13/2026", "03/05/2026"],
        "unclear": ["03/05/2026", "3-5-2026", "03.05.2026", "5 May 2026"],
        "month": ["May 2026", "13.05.2026", "03/05/2026"],
    }
    config = tmp_path / "config.toml"
    config.write_text(LOOSE)
    async with running(tmp_path) as daemon, daemon.client() as client:
        for name, written in dates.items():
            for number, value in enumerate(written):
                item = {"type": "part", "name": "P", name: value}
                assert (await client.ask(type="add_item", id=f"{name}-{number}", item=item))["type"] == "ack"
    fields = "".join(f'fields.{name} = {{ type = "date" }}\n' for name in dates)
    config.write_text(f"[item_types.part]\n{fields}")
    async with running(tmp_path) as daemon, daemon.client() as client:
        url = f"--url={daemon.url}"
        status, out, _ = await command(tmp_path, "migrate-items", url)
        assert status == 1
        choose = "; choose with --dates dmy or --dates mdy"
        assert "part.shown: 3 can be mended, dates written as 13/05/2026 is" in out
        assert "part.american: 2 can be mended, dates written as 05/13/2026 10:00 is" in out
        assert f"part.both: 1 can be read in two ways: both-2 (03/05/2026){choose}" in out
        assert (
            f"part.unclear: 2 can be read in two ways: unclear-0 (03/05/2026), unclear-1 (3-5-2026){choose}"
            in out
        )
        assert "part.month: 1 cannot be mended: month-0 (May 2026: no day)" in out

        status, out, _ = await command(tmp_path, "migrate-items", url, "--apply", "--dates", "dmy")
        assert (status, "two ways" in out) == (1, False)
        listed = await client.ask(type="list_items", item_type="part")
        mended = {item["id"]: next(item[name] for name in dates if name in item) for item in listed["items"]}
    assert mended == {
        "shown-0": "2026-05-13", "shown-1": "2026-05-03", "shown-2": "2026-01-02", "shown-3": "2026-07-07",
        "american-0": "2026-05-13T10:00:00Z", "american-1": "2026-03-05",
        "both-0": "2026-05-13", "both-1": "2026-05-13", "both-2": "2026-05-03",
        "unclear-0": "2026-05-03", "unclear-1": "2026-05-03", "unclear-2": "2026-05-03", "unclear-3": "2026-05-05",
        "month-0": "May 2026", "month-1": "2026-05-13", "month-2": "2026-05-03",
    }  # fmt: skip


async def test_what_no_mending_can_give_is_told_by_migrate_items_too(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text(LOOSE)
    async with running(tmp_path) as daemon, daemon.client() as client:
        for item_id, fields in (
            ("p0", {"stok": "1"}),
            ("p1", {"sku": "A"}),
            ("p2", {"sku": "A", "stok": "2"}),
        ):
            await client.ask(type="add_item", id=item_id, item={"type": "part", "name": "P", **fields})
    config.write_text(
        "[item_types.part]\nstrict = true\n"
        'fields.sku = { type = "string", required = true, unique = true }\nfields.stock = { type = "number" }\n'
    )
    async with running(tmp_path) as daemon:
        status, out, _ = await command(tmp_path, "migrate-items", f"--url={daemon.url}")

    assert status == 1
    assert "part.sku: 2 cannot be mended: p0 (an item of type part needs a sku), p2 (" in out
    assert "part.stok: 2 cannot be mended: p0 (" in out


async def test_no_text_meets_an_ordering_criterion(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(LOOSE)
    async with running(tmp_path) as daemon, daemon.client() as client:
        await client.ask(
            type="add_item", id="p1", item={"type": "part", "name": "P", "stock": "100", "least": "20"}
        )
    (tmp_path / "config.toml").write_text(
        LOOSE + "[item_types.part.fields]\nstock = { type = 'number' }\nleast = { type = 'number' }\n"
        "[item_types.part.criteria]\nlow = { where = [['stock', '<=', 'least']] }\n"
    )
    async with running(tmp_path) as daemon, daemon.client() as client:
        await client.request("Remove all low parts")
        assert (await client.ask(type="get_item", item_id="p1"))["type"] == "item"


async def test_check_config_tells_every_mistake_and_warning_at_once_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(
        "[knowledge]\n"  # 1
        'folder = "nowhere"\n'
        "[agents.genral]\n"
        "thinking = false\n"
        "[item_types.part]\n"  # 5
        'aliases = ["piece"]\n'
        "[item_types.part.fields]\n"
        'name = { type = "number" }\n'
        'stock = { type = "number", minimum = 5, maximum = 1, aliases = ["qty"] }\n'
        'count = { type = "integer", aliases = ["Qty"], choices = ["a"] }\n'  # 10
        '"1\\u0032" = {}\n'
        'maker = { type = "reference", on_remove = "clears" }\n'
        "[item_types.part.criteria]\n"
        "low = { where = [] }\n"
        'few = { where = [["stock", "<", "cuont"]] }\n'  # 15
        "[item_types.piece]\n"
        'required = ["nmae"]\n'
        'strict = "yes"\n'
    )
    status, _, err = await command(tmp_path, "check-config")

    assert status == 2
    for where, line in (
        ("knowledge.folder", 2), ("agents.genral", 3), ("item_types.part.fields.name.type", 8),
        ("item_types.part.fields.stock.minimum", 9), ("item_types.part.fields.count.choices[0]", 10),
        ("item_types.part.fields.count.aliases", 10), ("item_types.part.fields.12", 11),
        ("item_types.part.fields.maker.refers_to", 12), ("item_types.part.fields.maker.on_remove", 12),
        ("item_types.part.criteria.low.where", 14), ("item_types.part.criteria.few.where[0][2]", 15),
        ("item_types.piece.aliases", 16), ("item_types.piece.required", 17), ("item_types.piece.strict", 18),
    ):  # fmt: skip
        assert f"{where} (line {line}): " in err
    for suggestion in (
        "did you mean general?",
        "did you mean count?",
        "did you mean name?",
        "did you mean clear?",
    ):
        assert suggestion in err


DOUBTFUL: Final = (
    "[item_types.part]\n"  # 1
    "[item_types.part.fields]\n"
    'stock = { type = "integer", minimum = 0, maximum = 10 }\n'
    'due = { type = "date" }\n'
    'state = { type = "string", choices = ["open", "done"] }\n'  # 5
    "[item_types.part.criteria]\n"
    'apart = { where = [["stock", ">", 5], ["stock", "<", 3]] }\n'
    'between = { where = [["stock", ">", 3], {"all" = [["stock", "<", 4]]}] }\n'
    'outside = { where = [["stock", "<", 0]] }\n'
    'never = { where = [["due", ">", "2026-05-01"], ["due", "<=", "2026-05-01"]] }\n'  # 10
    'twice = { where = [["state", "==", "open"], ["state", "==", "done"]] }\n'
    'neither = { where = [["state", "!=", "open"], {"not" = ["state", "==", "done"]}] }\n'
    'either = { where = [["stock", "<", 3], {"any" = [["stock", ">", 5], ["stock", "==", 4]]}] }\n'
    'other = { where = [["type", "==", "task"]] }\n'
    'every = { where = [["stock", ">", 5]] }\n'  # 15
    "[item_types.parts]\n"
    "[item_types.all]\n"
    "[item_types.piece]\n"
    'aliases = ["everything"]\n'
)


async def test_types_and_criteria_that_contradict_each_other_are_told_with_their_lines(
    tmp_path: Path,
) -> None:
    (tmp_path / "config.toml").write_text(DOUBTFUL)
    status, _, err = await command(tmp_path, "check-config")
    assert status == 0
    expected = {
        "part.criteria.apart.where (line 7)": "no item can meet it: stock is never > 5 and < 3",
        "part.criteria.between.where (line 8)": "no item can meet it: stock is never > 3 and < 4",
        "part.criteria.outside.where (line 9)": "no item can meet it: stock is never < 0",
        "part.criteria.never.where (line 10)": "no item can meet it: due is never",
        "part.criteria.twice.where (line 11)": "no item can meet it: state is never",
        "part.criteria.either.where (line 13)": "no item can meet it: stock is never < 3 and",
        "part.criteria.other.where (line 14)": 'no item can meet it: type is never == "task"',
        "part.criteria.every (line 15)": "«every» means something else in requests",
        "parts (line 16)": "«parts» means the item type part in requests, too",
        "all (line 17)": "«all» is no noun in requests",
        "piece.aliases (line 19)": "«everything» is no noun in requests",
        "part.criteria.neither.where (line 12)": 'no item can meet it: state is never != "open" and not == "done"',
    }
    for where, what in expected.items():
        assert f"warning: item_types.{where}: {what}" in err, where
    assert err.count("warning: item_types.") == len(expected)
    async with running(tmp_path) as daemon:
        found = [
            orjson.loads(line) for line in await daemon.logs("configuration_warning", count=len(expected))
        ]
        assert {f"{one['option']} (line {one['line']})" for one in found} == {
            f"item_types.{where}" for where in expected
        }


@pytest.mark.parametrize(
    "where",
    [
        '[["stock", ">", 5], ["stock", "<", 7]]',
        '[["stock", ">=", 5], ["stock", "<=", 5]]',
        '[["ratio", ">", 3], ["ratio", "<", 4]]',
        '[["stock", "<", "least"], ["stock", ">", 9]]',
        '[["name", ">", "a"], ["name", "<", "b"], ["name", "!=", "aa"]]',
        '[["name", "=~", "WIRE"], ["name", "==", "Wire"]]',
        '[["state", "in", ["open", "late"]], {not = ["state", "==", "open"]}]',
        '[["stock", "<", 3], {any = [["stock", ">", 5], ["ratio", "<", 4]]}]',
        '[{not = [["stock", ">", 5]]}, ["tags", "contains", "a"], ["tags", "contains", "b"]]',
        '[["on", "==", false]]',
        '[["subtitle", "==", "x"]]',
        '[{not = {any = [["stock", ">=", 0], ["stock", "<", 0]]}}]',
    ],
)
def test_criteria_that_something_meets_are_not_doubted(where: str) -> None:
    types = item_types_from(
        tomllib.loads(
            "[part.fields]\nstock = { type = 'integer' }\nratio = { type = 'number' }\nleast = { type = 'number' }\n"
            "state = { type = 'string', choices = ['open', 'late'] }\ntags = { type = 'list' }\n"
            f"on = {{ type = 'boolean' }}\n[part.criteria]\nsome = {{ where = {where} }}\n"
        )
    )
    assert list(impossible_criteria(types)) == []


def test_the_shipped_types_are_not_doubted() -> None:
    types = item_types_from(load(None, environ={}).item_types)
    assert types.declared
    assert list(impossible_criteria(types)) == []
    assert list(English().doubtful_words(types)) == []


async def test_what_a_kind_of_field_cannot_have_is_one_mistake(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(
        "[item_types.part.fields]\n"
        'due = { type = "date", minimum = "2026-01-01", places = -1 }\n'
        'tags = { type = "list", maximum = "x" }\n'
    )
    status, _, err = await command(tmp_path, "check-config")
    assert status == 2
    for where in ("due.minimum", "due.places", "tags.maximum"):
        assert err.count(f"item_types.part.fields.{where}") == 1, err
    assert "only numbers have one, and this field is of type list" in err


async def test_the_daemon_starts_with_what_is_only_doubtful_and_logs_it(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(
        '[knowledge]\nfolder = "nowhere"\n[agents.genral]\nthinking = false\n'
    )
    async with running(tmp_path) as daemon:
        found = [orjson.loads(line) for line in await daemon.logs("configuration_warning", count=2)]
    assert {(one["option"], one["line"]) for one in found} == {("knowledge.folder", 2), ("agents.genral", 3)}
