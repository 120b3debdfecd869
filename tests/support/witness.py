"""Who watches while somebody else misbehaves: another client, and the log."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.support.daemon import Client, Daemon


@asynccontextmanager
async def witness(daemon: Daemon) -> AsyncIterator[Client]:
    """Somebody else, who notices nothing: answered at once, and told every event."""
    async with daemon.client() as client:
        yield client
        assert (await client.ask(type="ping"))["type"] == "pong"
        acked = await client.ask(type="publish", event_type="end", data={})
        await client.heard(acked["seq"])
        assert [event["seq"] for event in client.events] == list(range(1, acked["seq"] + 1))


def check_log(daemon: Daemon) -> None:
    """No mistake of the daemon's own."""
    assert not [line for line in daemon.log if '"level":"error"' in line or "Traceback" in line]
