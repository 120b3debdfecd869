"""Proxies in front of the daemon, with the lines that its documents give."""

import asyncio
import re
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import orjson
import pytest
from websockets.asyncio.client import connect

from tests.conftest import ROOT
from tests.support.daemon import PATIENCE_SECONDS, WITH_HTTP, Daemon, running
from tests.support.sse import reading

DOCUMENT = ROOT / "streamd" / "edge" / "http" / "README.md"
NGINX = """
daemon off; pid {directory}/nginx.pid; error_log stderr; worker_processes 1;
events {{}}
http {{
access_log off;
client_body_temp_path {directory}/body; proxy_temp_path {directory}/proxy;
fastcgi_temp_path {directory}/fastcgi; uwsgi_temp_path {directory}/uwsgi; scgi_temp_path {directory}/scgi;
{lines}
}}
"""


def given(language: str) -> str:
    """The lines for a proxy, as the document has them."""
    found = re.search(rf"```{language}\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)
    assert found
    return found[1]


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


@asynccontextmanager
async def proxy(name: str, daemon: Daemon, directory: Path) -> AsyncIterator[str]:
    """A proxy in front of the daemon, once it answers: its address."""
    command = shutil.which(name, path="/usr/sbin:/usr/local/bin:/usr/bin:/bin")
    if command is None:
        pytest.skip(f"there is no {name}: apt-get install {name}")
    port = free_port()
    lines = given(name).replace("127.0.0.1:9000", f"127.0.0.1:{daemon.http_port}")
    if name == "nginx":
        path = directory / "nginx.conf"
        lines = NGINX.format(
            directory=directory, lines=lines.replace("listen 80;", f"listen 127.0.0.1:{port};")
        )
        arguments = ["-e", "stderr", "-c", str(path)]
    else:
        path = directory / "Caddyfile"
        lines = "{\n\tadmin off\n\tauto_https off\n}\n" + lines.replace(
            "shop.example", f"http://127.0.0.1:{port}"
        )
        arguments = ["run", "--adapter", "caddyfile", "--config", str(path)]
    path.write_text(lines)
    process = await asyncio.create_subprocess_exec(
        command, *arguments, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
        env={"HOME": str(directory), "PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    try:
        async with httpx.AsyncClient() as http, asyncio.timeout(PATIENCE_SECONDS):
            while True:
                assert process.returncode is None, f"{name} has ended"
                try:
                    if (await http.get(f"http://127.0.0.1:{port}/healthz")).status_code == 200:
                        break
                except httpx.TransportError:
                    continue
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        await process.wait()


@pytest.mark.parametrize("name", ["nginx", "caddy"])
async def test_behind_a_proxy_events_come_at_once_and_sockets_open(name: str, tmp_path: Path) -> None:
    async with (
        running(tmp_path, **WITH_HTTP) as daemon,
        proxy(name, daemon, tmp_path) as url,
        httpx.AsyncClient(base_url=url) as http,
        reading(url) as reader,
        connect(url.replace("http", "ws") + "/ws") as socket_,
    ):
        assert (await reader.next()).data["type"] == "connected"
        assert orjson.loads(await socket_.recv())["type"] == "connected"
        added = await http.post("/items", json={"type": "note", "name": "A"})
        assert added.status_code == 201
        event = await reader.until(lambda block: "event_type" in block.data)
        assert event.data["event_type"] == "item_added"  # before the response ends, which it never does
        async with asyncio.timeout(PATIENCE_SECONDS):
            assert orjson.loads(await socket_.recv())["event_type"] == "item_added"
