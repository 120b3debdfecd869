"""What the README shows is what happens: its terminal session, its snippets and its links, tried for real."""

import asyncio
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import attrs
import orjson
import pytest
from websockets.asyncio.server import ServerConnection, serve

from streamd.config import Config
from streamd.config.option import options_of
from tests.support.daemon import PATIENCE_SECONDS, ROOT, Daemon, running
from tests.support.wscat import Wscat, wscat

TEXT: Final = (ROOT / "README.md").read_text()
BLOCKS: Final = re.findall(r"^```(\w+)\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)


def block(language: str, containing: str) -> str:
    (found,) = [text for name, text in BLOCKS if name == language and containing in text]
    return str(found)


def matches(pattern: str, text: str) -> bool:
    """Whether a line is as shown, where … stands for anything."""
    return re.fullmatch(".*".join(map(re.escape, pattern.split("…"))), text) is not None


@attrs.define
class Terminal:
    """Does what somebody does who follows the README."""

    daemon: Daemon
    command: Path
    said: list[str] = attrs.field(factory=list)
    """What the last command printed."""
    ids: dict[str, str] = attrs.field(factory=dict)
    """What was told last, by the word that stands for it."""

    async def run(self, lines: Sequence[str]) -> None:
        """Type lines that begin with `$`, and those with `>`; expect the others."""
        position = 0
        while position < len(lines):
            line = lines[position]
            position += 1
            if line.startswith("$ npx -y wscat -c "):
                end = position
                while end < len(lines) and not lines[end].startswith("$"):
                    end += 1
                url = (
                    line.removeprefix("$ npx -y wscat -c ")
                    .strip("'")
                    .replace("EPOCH", self.ids.get("EPOCH", ""))
                )
                async with wscat(self.command, url.replace("8765", str(self.daemon.port))) as chat:
                    self.ids["EPOCH"] = chat.shown[0]["epoch"]
                    await self._talk(chat, lines[position:end])
                position = end
            elif line.startswith("$ "):
                typed = [line[2:]]
                while position < len(lines) and lines[position].startswith("> "):
                    typed.append(lines[position][2:])
                    position += 1
                await self._type("\n".join(typed))
            elif line == "…":
                self.said.clear()
            else:
                assert matches(line, self.said.pop(0)), line

    async def _talk(self, chat: Wscat, lines: Sequence[str]) -> None:
        used: set[int] = set()
        for line in lines:
            if line.startswith("> "):
                used.update(range(len(chat.shown)))
                await chat.type(re.sub(r'"([A-Z]+)"', self._told, line[2:]))
                continue
            wanted = line.removeprefix("< ")
            while True:
                found = next(
                    (
                        place
                        for place, message in enumerate(chat.shown)
                        if place not in used and matches(wanted, orjson.dumps(message).decode())
                    ),
                    None,
                )
                if found is not None:
                    used.add(found)
                    self._note(chat.shown[found])
                    break
                await chat.until(lambda _: True)

    def _told(self, word: re.Match[str]) -> str:
        return orjson.dumps(self.ids[word[1]]).decode()

    def _note(self, message: Mapping[str, Any]) -> None:
        if message.get("type") == "complete":
            self.ids["RUN"] = message["run_id"]
        elif message.get("type") == "interrupt":
            self.ids["INTERRUPT"] = message["interrupt"]["interrupt_id"]

    async def _type(self, command: str) -> None:
        assert not self.said, f"not shown: {self.said}"
        serving = re.fullmatch(r"((?:\w+=\S+ )*)scripts/serve 2>streamd\.log &(?: sleep \d)?", command)
        if serving is not None:
            options = dict(setting.split("=", 1) for setting in serving[1].split())
            self.daemon.environ = {**self.daemon.environ, **options}
            if self.daemon.process is None or self.daemon.process.returncode is not None:
                await self.daemon.start()
            return
        if command.startswith("kill -9"):
            await self.daemon.kill()
            return
        if command.startswith("until grep ready"):
            self.said = [
                line.replace(str(self.daemon.port), "8765") for line in self.daemon.log if "ready" in line
            ]
            return
        if command.startswith(".venv/bin/streamd"):
            command = command.replace(".venv/bin/streamd", f"{sys.executable} -m streamd", 1)
            command += f" --url {self.daemon.url}"
        self.said = (await shell(command, self.daemon.directory)).splitlines()


async def shell(command: str, directory: Path) -> str:
    process = await asyncio.create_subprocess_exec(
        "bash", "-c", command, cwd=directory, env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    async with asyncio.timeout(PATIENCE_SECONDS):
        out, _ = await process.communicate()
    assert process.returncode == 0, out.decode()
    return out.decode()


async def test_the_terminal_session_goes_as_it_is_shown(
    tmp_path: Path, npm_client: Callable[[str], Path]
) -> None:
    lines = [line for name, text in BLOCKS if name == "console" for line in text.splitlines()]
    assert sum(line.startswith("$ ") for line in lines) > 8
    async with running(tmp_path) as daemon:
        await Terminal(daemon, npm_client("wscat")).run(lines)


async def test_the_python_client_hears_every_event_once_also_over_a_kill(tmp_path: Path) -> None:
    async with running(tmp_path) as daemon:
        script = block("python", "async def follow").replace("ws://localhost:8765", daemon.url)
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", script, stdout=asyncio.subprocess.PIPE
        )
        assert process.stdout is not None
        heard: list[str] = []

        async def until(words: str) -> None:
            assert process.stdout is not None
            async with asyncio.timeout(PATIENCE_SECONDS):
                while words not in (line := (await process.stdout.readline()).decode()):
                    assert line
                    heard.append(line)
                heard.append(line)

        async def add(name: str) -> None:
            async with daemon.client() as client:
                await client.ask(type="add_item", item={"type": "note", "name": name})

        try:
            await until("'type': 'snapshot'")
            await add("One")
            await until("One")
            await daemon.kill()
            await daemon.start()
            await add("Two")
            await until("Two")
            await add("Three")
            await until("Three")
        finally:
            process.kill()
            await process.wait()
        for name in ("One", "Two", "Three"):
            assert sum(name in line for line in heard) == 1


async def test_the_python_client_tries_again_when_a_connection_is_refused_or_breaks_while_it_opens() -> None:
    answers = iter((b"", b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n", b""))
    came_back = asyncio.Event()

    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        answer = next(answers, None)
        if answer is None:
            came_back.set()
        writer.write(answer or b"")
        writer.close()

    async with await asyncio.start_server(hang_up, "127.0.0.1") as server:
        port = server.sockets[0].getsockname()[1]
        script = block("python", "async def follow").replace("localhost:8765", f"127.0.0.1:{port}")
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", script)
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await came_back.wait()
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()


async def test_the_python_client_takes_no_reply_for_a_position() -> None:
    told: list[dict[str, object]] = [
        {"type": "snapshot", "seq": 3, "more": False, "items": []},
        {"event_type": "agent_progress", "data": {}},
        {"type": "ack", "seq": 9},
        {"type": "items", "seq": 9, "items": []},
        {"type": "error", "code": "conflict", "seq": 9},
        {"type": "snapshot", "seq": 9, "more": True, "items": []},
    ]
    then: list[list[dict[str, object]]] = [
        told,
        [{"seq": 4, "event_type": "mine"}],
        [{"type": "position", "seq": 5}],
        [],
    ]
    asked: list[str] = []
    done = asyncio.Event()

    async def answer(socket: ServerConnection) -> None:
        assert socket.request is not None
        asked.append(socket.request.path)
        await socket.send(orjson.dumps({"type": "connected", "seq": 9, "epoch": f"e{len(asked)}"}).decode())
        for message in then[len(asked) - 1]:
            await socket.send(orjson.dumps(message).decode())
        if len(asked) == len(then):
            done.set()
            await socket.wait_closed()

    async with serve(answer, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        script = block("python", "async def follow").replace("localhost:8765", f"127.0.0.1:{port}")
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", script.replace("sleep(1)", "sleep(0)"), stdout=asyncio.subprocess.DEVNULL
        )
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await done.wait()
        finally:
            process.kill()
            await process.wait()
    assert asked == ["/?snapshot=1", "/?since=3&epoch=e1", "/?since=4&epoch=e2", "/?since=5&epoch=e3"]


MARK: Final = """
socket.addEventListener('message', ({ data }) => {
  if (JSON.parse(data).event_type !== 'mark') return
  console.log(JSON.stringify([...items.values()]))
  items.set('ghost', { id: 'ghost' })
  socket.send(JSON.stringify({ type: 'snapshot' }))
})
"""


async def test_the_lines_for_a_page_keep_the_rules_of_the_protocol(
    tmp_path: Path, npm_client: Callable[[str], Path]
) -> None:
    async with running(tmp_path) as daemon, daemon.client() as client:
        notes = [{"type": "note", "name": f"Note {number}", "text": "-"} for number in range(1_200)]
        await client.ask(type="bulk", operation="add_multiple", items=notes)
        ws = orjson.dumps(str(npm_client("ws"))).decode()
        page = block("js", "new WebSocket").replace("ws://localhost:8765", daemon.url)
        (tmp_path / "page.cjs").write_text(f"globalThis.WebSocket = require({ws})\n{page}{MARK}")
        process = await asyncio.create_subprocess_exec(
            "node", "page.cjs", cwd=tmp_path, stdout=asyncio.subprocess.PIPE, limit=2**22
        )
        assert process.stdout is not None

        async def shown() -> list[dict[str, object]]:
            assert process.stdout is not None
            async with asyncio.timeout(PATIENCE_SECONDS):
                while not (line := await process.stdout.readline()).startswith(b"["):
                    assert line
            listed: list[dict[str, object]] = orjson.loads(line)
            return sorted(listed, key=lambda item: str(item["id"]))

        async def there() -> list[dict[str, object]]:
            async with daemon.client(snapshot=1) as reader:
                await reader.until(lambda message: message.get("type") == "snapshot" and not message["more"])
            return sorted(reader.items.values(), key=lambda item: str(item["id"]))

        try:
            await client.until(lambda message: message.get("item_id", "").startswith("supplier"))
            item_id = next(iter(client.items))
            for _ in range(2):
                await client.ask(type="change_item", item_id=item_id, unset=["text"], set={"name": "Other"})
                await client.ask(
                    type="publish", event_type="price_seen", item_id=item_id, data={"name": "No", "price": 7}
                )
                await client.ask(type="remove_item", item_id=next(reversed(client.items)))
                await client.ask(type="publish", event_type="mark", data={})
                assert await shown() == await there()
                item_id = list(client.items)[1]
                async with asyncio.timeout(PATIENCE_SECONDS):
                    while not (line := await process.stdout.readline()).startswith(
                        str(len(client.items)).encode()
                    ):
                        assert line  # until the snapshot has replaced the ghost
        finally:
            process.kill()
            await process.wait()


async def test_the_lines_for_a_page_keep_items(tmp_path: Path, npm_client: Callable[[str], Path]) -> None:
    async with running(tmp_path) as daemon:
        script = tmp_path / "page.cjs"
        ws = orjson.dumps(str(npm_client("ws"))).decode()
        script.write_text(
            f"globalThis.WebSocket = require({ws})\n"
            + block("js", "new WebSocket").replace("ws://localhost:8765", daemon.url)
            + "\nsocket.addEventListener('message', () => items.size === 2 && socket.close())\n"
        )
        said = await shell(f"node {script}", tmp_path)
        assert said.splitlines()[-1] == "2 items"


@pytest.mark.requirement("A13")
async def test_the_item_type_and_the_criterion_can_be_said_in_requests(tmp_path: Path, root: Path) -> None:
    shipped = (root / "config.toml").read_text()
    under = "[item_types.inventory.criteria]\n"
    (line,) = re.findall(r"^`(nearly_empty = .*)`\.$", TEXT, re.MULTILINE)
    changed = shipped.replace(under, f"{under}{line}\n") + block("toml", "item_types.project")
    (tmp_path / "config.toml").write_text(changed)
    assert "nearly_empty" in tomllib.loads(changed)["item_types"]["inventory"]["criteria"]
    async with running(tmp_path) as daemon, daemon.client() as client:
        told = await client.request("Add 2 projects")
        first, second = told[-1]["data"]["added"]
        await client.heard(2)
        assert client.items[first]["type"] == "project"
        assert client.items[first]["budget"] == 1000
        await client.ask(type="change_item", item_id=second, set={"status": "late"})
        told = await client.request("Remove all late projects")
        assert told[-1]["data"]["removed"] == [second]
        bad = await client.ask(type="change_item", item_id=first, set={"budget": -1})
        assert bad["code"] == "invalid_message"
        for name, stock in (("Washer", 2), ("Rivet", 90)):
            item = {"type": "inventory", "name": name, "current_stock": stock, "min_stock": 10}
            await client.ask(type="add_item", item=item)
        told = await client.request("Show the nearly empty items")
        assert "Washer" in told[-1]["message"]
        assert "Rivet" not in told[-1]["message"]


async def test_the_agent_is_called_by_its_phrase_and_by_its_name(tmp_path: Path) -> None:
    site = tmp_path / "site"
    metadata = site / "stocktaker-1.0.dist-info"
    metadata.mkdir(parents=True)
    (site / "stocktaker.py").write_text(block("python", "AGENT = Agent("))
    project = tomllib.loads(block("toml", "entry-points"))["project"]
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(
        "".join(
            f"[{group}]\n" + "".join(f"{name} = {place}\n" for name, place in entries.items())
            for group, entries in project["entry-points"].items()
        )
    )
    (asking,) = re.findall(r'`(\{"type":"user_request".*"agent".*\})`', TEXT)
    (said,) = re.findall(r'"([^"]+)" calls it', TEXT.replace("\n", " "))
    async with running(tmp_path, PYTHONPATH=f"{ROOT}:{site}") as daemon, daemon.client() as client:
        for stock in (2, 90):
            item = {"type": "inventory", "name": f"Item {stock}", "current_stock": stock}
            await client.ask(type="add_item", item=item)
        for called in ({"type": "user_request", "user_input": said}, orjson.loads(asking)):
            await client.send(**called)
            asked = await client.until(lambda message: message.get("type") == "interrupt")
        assert asked["message"] == "Keep the report as a note?"
        question = asked["interrupt"]["interrupt_id"]
        await client.send(type="respond", interrupt_id=question, decision="approve")
        last = await client.until(lambda message: message.get("type") == "complete")
        await client.heard(3)
        assert last["data"]["added"] == [client.events[-1]["item_id"]]
        assert client.events[-1]["agent_id"] == "stocktaker"
        assert client.events[-1]["data"]["text"] == "There are 2 items. They have 92 units."


def test_the_test_of_the_agent_passes_and_can_fail(tmp_path: Path) -> None:
    (tmp_path / "stocktaker.py").write_text(block("python", "AGENT = Agent("))
    test = tmp_path / "test_stocktaker.py"
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-o",
        "asyncio_mode=auto",
        "-p",
        "no:cacheprovider",
        str(test),
    ]
    for right, passes in (("have 40 units", True), ("have 41 units", False)):
        test.write_text(block("python", "killed_everywhere").replace("have 40 units", right))
        ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
        assert (ran.returncode == 0) is passes, ran.stdout


def test_it_is_short_and_everything_it_points_to_is_there(root: Path) -> None:
    assert len(TEXT.splitlines()) <= 225
    for target in re.findall(r"\]\(([^)]+)\)", TEXT):
        path, _, heading = target.partition("#")
        assert (root / path).exists(), target
        assert f"\n## {heading}\n" in f"\n## \n{(root / path).read_text().lower() if heading else ''}", target
    for script in re.findall(r"\bscripts/\w+", TEXT):
        assert os.access(root / script, os.X_OK), script
    known = {option.variable for option in options_of(Config).values()}
    assert set(re.findall(r"STREAMD_\w+", TEXT)) <= known
