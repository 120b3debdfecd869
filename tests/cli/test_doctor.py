"""`streamd doctor` says of each thing how it is, and by its status whether something is bad."""

from pathlib import Path

import pytest

from tests.support.commands import command
from tests.support.daemon import running

pytestmark = pytest.mark.requirement("E5")


async def looked(url: str, *words: object, **environ: str) -> tuple[int, list[tuple[str, str]], str]:
    with pytest.MonkeyPatch.context() as patched:
        for name, value in environ.items():
            patched.setenv(name, value)
        done = await command("doctor", "--url", url, *words)
    found = [(line[:5].strip(), line[6:20].strip()) for line in done.stdout.splitlines()]
    return done.returncode, found, done.stdout + done.stderr


async def test_all_is_well_beside_a_daemon_and_what_is_not_is_named(tmp_path: Path) -> None:
    database = tmp_path / "streamd.db"
    async with running(tmp_path) as daemon, daemon.client() as client:
        url = f"ws://127.0.0.1:{daemon.port}"
        await client.ask(type="add_item", item={"type": "inventory", "name": "Bolt"})
        status, found, text = await looked(url, "--db", database)
        assert (status, ("ok", "daemon") in found, ("ok", "store") in found) == (0, True, True), text
    status, found, text = await looked(url, "--db", database)
    assert (status, ("note", "daemon") in found) == (0, True), text
    key = {"STREAMD_MODELS__BASE_URL": "http://127.0.0.1:9", "ANTHROPIC_API_KEY": "secret-key"}
    status, found, text = await looked(url, "--db", database, **key)
    assert (status, ("bad", "model") in found, "secret-key" in text) == (1, True, False), text
    database.write_bytes(b"no database" * 1000)
    status, found, text = await looked(url, "--db", database)
    assert (status, ("bad", "store") in found, "Traceback" in text) == (1, True, False), text
    status, found, text = await looked(url, "--db", database, STREAMD_WS__PORT="no number")
    assert (status, found[0], "Traceback" in text) == (1, ("bad", "configuration"), False), text
