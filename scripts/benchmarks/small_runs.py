"""What a small run costs in a workspace of N items: CPU of the daemon, and bytes that it writes."""

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import orjson
from websockets.sync.client import ClientConnection, connect

from scripts.benchmarks.contenders import STREAMD, THE_DAEMON
from scripts.benchmarks.plan import Plan
from scripts.benchmarks.processes import UnavailableError
from scripts.benchmarks.results import Results
from scripts.benchmarks.tables import Column, Table

BENCH = "small runs"

_IN_FLIGHT = 500
_RUN_SECONDS = 120.0
_REQUESTS = {
    "add": "Add an inventory item named Zed{n}",
    "change": "Set the stock of Zed{n} to 5",
    "remove": "Remove Zed{n}",
}


def run(plan: Plan, results: Results) -> None:
    for count in plan.small_run_items:
        name = f"{STREAMD}, {count:,} items"
        print(f"small runs {name}", file=sys.stderr)
        try:
            with (
                THE_DAEMON.start(plan.build, plan.folder(BENCH, count)) as server,
                _client(server.port) as client,
            ):
                _fill(client, count)
                _ask(client, "Remove Nothing There")  # the first request of a workspace reads it
                for request, text in _REQUESTS.items():
                    for repetition in range(plan.repetitions):
                        cpu, written = server.cpu_seconds(), server.written_bytes()
                        last = _ask(client, text.format(n=repetition))
                        cpu, written = server.cpu_seconds() - cpu, server.written_bytes() - written
                        if last["type"] != "complete" or last["data"].get("refusal"):
                            results.remark(f"{name}: {json.dumps(last)}")
                        results.record(BENCH, request, name, cpu_ms=cpu * 1000, written_kb=written / 1000)
        except UnavailableError as error:
            results.remark(f"{name}: {error}")


@contextmanager
def _client(port: int) -> Iterator[ClientConnection]:
    with connect(f"ws://127.0.0.1:{port}/", max_size=None, open_timeout=60) as client:
        yield client


def _fill(client: ClientConnection, count: int) -> None:
    client.send('{"type":"unsubscribe"}')
    acknowledged = -1  # that of this message
    for number in range(count):
        item = {
            "type": "inventory", "name": f"Widget {number:06}", "sku": f"WID-{number:06}", "current_stock": number % 90,
            "reorder_point": 20, "location": f"Warehouse {number % 7}", "supplier": f"Supplier {number % 50}",
        }  # fmt: skip
        client.send(orjson.dumps({"type": "add_item", "item": item, "id": f"w{number}"}).decode())
        while number - acknowledged > _IN_FLIGHT:
            acknowledged += _heard(client)["type"] == "ack"
    while acknowledged < count - 1:
        acknowledged += _heard(client)["type"] == "ack"


def _heard(client: ClientConnection) -> dict[str, Any]:
    message: dict[str, Any] = orjson.loads(client.recv(timeout=_RUN_SECONDS))
    return message


def _ask(client: ClientConnection, text: str) -> dict[str, Any]:
    client.send(orjson.dumps({"type": "user_request", "user_input": text}).decode())
    deadline = time.monotonic() + _RUN_SECONDS
    while time.monotonic() < deadline:
        message = _heard(client)
        if message.get("type") in ("complete", "error", "cancelled", "interrupt"):
            return message
    raise UnavailableError(f"no answer to: {text}")


TABLES = (
    Table(
        "A run that touches one item: CPU ms of the daemon, and KB that it writes to store and socket",
        BENCH,
        tuple(
            column
            for request in _REQUESTS
            for column in (
                Column(f"{request}, CPU ms", request, "cpu_ms", digits=1),
                Column("written KB", request, "written_kb", digits=0),
            )
        ),
    ),
)
