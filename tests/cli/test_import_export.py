import io
import json
import sys
import tomllib
from argparse import ArgumentParser
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from types import SimpleNamespace
from typing import Any

import pytest
from websockets.sync.server import ServerConnection, serve

from streamd.cli import export_csv, import_csv
from streamd.cli.daemon_client import UnreachableError
from streamd.core.declared.declarations import item_types_from
from streamd.core.declared.import_options import ImportOptions
from streamd.core.item import Item, ItemId
from streamd.core.item_type import ItemTypes
from streamd.errors import RefusedError, StreamdError
from streamd.tables import read_table, write_table

pytestmark = pytest.mark.requirement("A12")


class Daemon:
    """The daemon's side of import and export, and no more."""

    def __init__(self, types: ItemTypes) -> None:
        self.types = types
        self.items: dict[ItemId, Item] = {}
        self.targets: list[str] = []
        self.sizes: list[int] = []
        self.parts: list[bytes] = []
        self.url = ""

    def serve(self, socket: ServerConnection) -> None:
        assert socket.request is not None
        self.targets.append(socket.request.path)
        socket.send('{"type":"connected"}')
        for frame in socket:
            self.sizes.append(len(frame.encode() if isinstance(frame, str) else frame))
            message = json.loads(frame)
            socket.send('{"event_type":"item_added","item_id":"x","data":{}}')
            try:
                for reply in self._replies(message):
                    socket.send(json.dumps({**reply, "request_id": message["request_id"]}))
            except RefusedError as error:
                socket.send(
                    json.dumps(
                        {"type": "error", "message": error.message, "request_id": message["request_id"]}
                    )
                )

    def _replies(self, message: dict[str, Any]) -> Iterator[dict[str, object]]:
        if message["type"] == "export":
            pieces = list(write_table(self.items.values(), self.types, message.get("item_type")))
            for index, piece in enumerate(pieces):
                yield {"type": "export", "text": piece, "count": 1, "more": index + 1 < len(pieces)}
            return
        if message.get("part") == 1:
            self.parts.clear()
        self.parts.append(b64decode(message["bytes"]))
        if message.get("more"):
            yield {"type": "ack", "upload": message["upload"], "part": message["part"], "received": 0}
            return
        content = b"".join(self.parts) if "upload" in message else self.parts[-1]
        options = ImportOptions(
            message.get("item_type"),
            message.get("filename", ""),
            message.get("columns", {}),
            *(message.get(key) for key in ("key", "encoding", "delimiter", "decimal", "dates")),
        )
        table = read_table(content, types=self.types, options=options)
        added = [item for item in table.items if item.id not in self.items]
        if not message["dry_run"]:
            self.items.update((item.id, item) for item in added)
        yield {"type": "progress", "progress": 0.5}
        yield {
            "type": "ack",
            "added": len(added),
            "changed": 0,
            "unchanged": len(table.items) - len(added),
            "refused": table.report.refused_count,
            "report": table.report.as_data(),
        }


@pytest.fixture
def daemon(root: Path) -> Iterator[Daemon]:
    types = item_types_from(tomllib.loads((root / "config.toml").read_text())["item_types"])
    with listening(Daemon(types)) as listener:
        yield listener


@contextmanager
def listening(daemon: Daemon) -> Iterator[Daemon]:
    with serve(daemon.serve, "127.0.0.1", 0) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        daemon.url = f"ws://127.0.0.1:{server.socket.getsockname()[1]}"
        try:
            yield daemon
        finally:
            server.shutdown()
            thread.join(10)


def run_import(daemon: Daemon, *arguments: str | Path) -> int:
    parser = ArgumentParser()
    import_csv.add_arguments(parser)
    return import_csv.run(parser.parse_args([*map(str, arguments), "--url", daemon.url]))


def run_export(daemon: Daemon, *arguments: str | Path) -> int:
    parser = ArgumentParser()
    export_csv.add_arguments(parser)
    return export_csv.run(parser.parse_args([*map(str, arguments), "--url", daemon.url]))


def test_a_file_is_imported_and_the_report_is_told(
    daemon: Daemon, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "stock.csv"
    file.write_text("ID,Name,Stock\n1,A,5\n2,B,6\n")
    assert run_import(daemon, file) == 0
    assert set(daemon.items) == {"inventory-1", "inventory-2"}
    told = capsys.readouterr().out.splitlines()
    assert told[0] == f"{file}: 2 added"
    assert "  mapped: ID -> source_id, Name -> name, Stock -> current_stock" in told
    assert run_import(daemon, file) == 0
    assert capsys.readouterr().out.startswith(f"{file}: 2 unchanged")


def test_refused_rows_make_the_status_one(
    daemon: Daemon, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "stock.csv"
    file.write_text("ID,Name,Stock\n1,A,5\n2,B,lots\n")
    assert run_import(daemon, file) == 1
    assert "  refused row 3, Stock: 'lots': is not a number" in capsys.readouterr().out


def test_a_dry_run_changes_nothing_and_says_so(
    daemon: Daemon, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "x.csv"
    file.write_text("Name\nA\n")
    assert run_import(daemon, file, "--dry-run", "--type", "supplier", "--workspace", "a b") == 0
    assert "(dry run: nothing was changed)" in capsys.readouterr().out
    assert daemon.items == {}
    assert daemon.targets == ["/?workspace=a%20b"]


def test_a_large_file_goes_in_parts_and_rows_keep_their_numbers(
    daemon: Daemon, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "stock.csv"
    rows = [f'{number};"Name; {number}\nof two lines é";{number}' for number in range(20_000)]
    rows[15_000] = "15000;Bad;lots"
    file.write_text("\n".join(['ID;"Name";Stock', *rows]))
    assert run_import(daemon, file) == 1
    assert len(daemon.sizes) > 1
    assert max(daemon.sizes) < 262_144
    assert len(daemon.items) == 19_999
    assert daemon.items[ItemId("inventory-7")].name == "Name; 7\nof two lines é"
    told = capsys.readouterr().out
    assert "  19999 of 20000 rows taken as inventory (guessed from Stock)" in told
    assert "  refused row 15002, Stock: 'lots': is not a number" in told


def test_sales_of_one_item_and_day_are_added_up_wherever_they_stand(
    daemon: Daemon, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "sales.csv"
    rows = [f"S{number % 7},2024-01-0{number % 3 + 1},1\n" for number in range(20_000)]
    file.write_text("sku,date,qty\n" + "".join(rows))
    assert run_import(daemon, file) == 0
    assert len(daemon.sizes) > 1
    assert "  19979 quantities were added to others of the same item and date" in capsys.readouterr().out


def test_what_is_said_of_a_file_goes_with_it(
    daemon: Daemon, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "liste.txt"
    file.write_bytes("Nr|Was|Zahl=a|Stand\nA1|Müller|1.250|03/04/2026\n".encode("cp850"))
    said = (
        "--columns",
        "Nr=sku",
        "--columns",
        "Was=name",
        "--columns",
        "Zahl=a=current_stock",
        "--columns",
        "Stand=",
    )
    more = ("--type", "inventory", "--key", "Nr", "--encoding", "cp850", "--delimiter", "bar")
    assert run_import(daemon, file, *said, *more, "--decimal", "point", "--dates", "dmy") == 0
    (item,) = daemon.items.values()
    assert item.flat() == {
        "id": "inventory-A1", "type": "inventory", "name": "Müller", "sku": "A1", "current_stock": 1.25,
    }  # fmt: skip
    told = capsys.readouterr().out
    assert "  read as cp850, bars between cells, decimals after a point, rows known by sku" in told


@pytest.mark.parametrize(
    "wrong", [("--columns", "Stock"), ("--delimiter", "x"), ("--decimal", "dot"), ("--dates", "ymd")]
)
def test_what_cannot_be_said_is_refused_before_anything_is_sent(
    daemon: Daemon, tmp_path: Path, wrong: tuple[str, str]
) -> None:
    (tmp_path / "x.csv").write_text("Name,Stock\nA,5\n")
    with pytest.raises(SystemExit):
        run_import(daemon, tmp_path / "x.csv", *wrong)
    assert daemon.sizes == []


@pytest.mark.parametrize("rows", [1, 20_000])
def test_standard_input_is_imported_as_it_comes(
    daemon: Daemon, monkeypatch: pytest.MonkeyPatch, rows: int
) -> None:
    content = b"ID,Name,Stock\n" + b"".join(b"%d,Bolt,5\n" % number for number in range(rows))
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(content)))
    assert run_import(daemon, "-", "--type", "inventory") == 0
    assert len(daemon.items) == rows


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_files_in_the_usual_encodings_are_read(daemon: Daemon, tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "x.csv"
    file.write_bytes("Name,Stock\nMüller,5\n".encode(encoding))
    assert run_import(daemon, file) == 0
    assert [item.name for item in daemon.items.values()] == ["Müller"]


def test_what_the_daemon_refuses_is_raised_with_its_words(daemon: Daemon, tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    file.write_text("Foo\nA\n")
    with pytest.raises(StreamdError, match="name it"):
        run_import(daemon, file)


def test_a_missing_file_is_told_before_anything_is_imported(daemon: Daemon, tmp_path: Path) -> None:
    (tmp_path / "there.csv").write_text("Name,Stock\nA,5\n")
    with pytest.raises(StreamdError, match="cannot be read"):
        run_import(daemon, tmp_path / "there.csv", tmp_path / "not.csv")
    assert daemon.items == {}


def test_an_export_is_written_to_a_file_and_imports_as_the_same(daemon: Daemon, tmp_path: Path) -> None:
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text('ID,Name,Stock\n1,"A\r\nB",5\n2,=x,6\n')
    run_import(daemon, source)
    before = dict(daemon.items)
    assert run_export(daemon, "-o", target) == 0
    daemon.items.clear()
    run_import(daemon, target)
    assert daemon.items == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.csv", "out.csv"]


def test_an_export_goes_to_standard_output(daemon: Daemon, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_export(daemon, "--type", "inventory") == 0
    assert capsys.readouterr().out == "Item ID,Type,Name\n"


def test_where_no_daemon_listens_one_is_told_how_to_start_it(tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    file.write_text("Name,Stock\nA,5\n")
    parser = ArgumentParser()
    import_csv.add_arguments(parser)
    for url, words in (("ws://127.0.0.1:1", "streamd serve"), ("localhost", "is not an address")):
        with pytest.raises(UnreachableError, match=words):
            import_csv.run(parser.parse_args([str(file), "--url", url]))
