"""A headless Chromium, driven over its DevTools protocol."""

import asyncio
import base64
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import attrs
import orjson
from websockets.asyncio.client import ClientConnection, connect

from tests.support.daemon import PATIENCE_SECONDS, Message

_FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--remote-debugging-port=0",
)  # fmt: skip


@attrs.define
class Browser:
    """A browser; its tabs share one profile."""

    socket: ClientConnection
    _waiting: "dict[int, asyncio.Future[Message]]" = attrs.field(factory=dict)
    _asked: int = 0

    async def read(self) -> None:
        """Hand answers to whoever waits for them, for as long as the browser lives."""
        async for raw in self.socket:
            message: Message = orjson.loads(raw)
            waiting = self._waiting.pop(message.get("id", 0), None)
            if waiting is not None and not waiting.done():
                waiting.set_result(message)

    async def call(self, method: str, session: str | None = None, **parameters: object) -> Message:
        self._asked += 1
        answer = self._waiting[self._asked] = asyncio.get_running_loop().create_future()
        body: dict[str, object] = {"id": self._asked, "method": method, "params": parameters}
        if session is not None:
            body["sessionId"] = session
        await self.socket.send(orjson.dumps(body), text=True)
        async with asyncio.timeout(PATIENCE_SECONDS):
            message = await answer
        assert "error" not in message, f"{method}: {message['error']}"
        result: Message = message["result"]
        return result

    async def tab(self, url: str, *, width: int = 1000, height: int = 700) -> "Tab":
        """A tab in a window of its own, so that neither is in the background."""
        target = await self.call("Target.createTarget", url="about:blank", newWindow=True)
        attached = await self.call("Target.attachToTarget", targetId=target["targetId"], flatten=True)
        tab = Tab(self, attached["sessionId"])
        await tab.resize(width, height)
        await tab.call("Page.enable")
        await tab.call("Page.navigate", url=url)
        await tab.wait(
            f"location.href === {orjson.dumps(url).decode()} && document.readyState === 'complete'"
        )
        return tab


@attrs.define
class Tab:
    """One page."""

    browser: Browser
    session: str

    async def call(self, method: str, **parameters: object) -> Message:
        return await self.browser.call(method, self.session, **parameters)

    async def value(self, expression: str) -> object:
        """What an expression comes to; promises are waited for."""
        found = await self.call(
            "Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True
        )
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        value: object = found["result"].get("value")
        return value

    async def wait(self, condition: str) -> None:
        """Wait until a condition holds in the page."""
        await self.value(
            f"new Promise((done) => {{ const look = () => ({condition}) ? done(true) : setTimeout(look, 10); look() }})"
        )

    async def text(self, selector: str) -> str:
        return str(await self.value(f"document.querySelector({orjson.dumps(selector).decode()})?.innerText"))

    async def type(self, selector: str, text: str) -> None:
        """Type a line into a field, and Enter."""
        await self.value(f"document.querySelector({orjson.dumps(selector).decode()}).focus()")
        await self.call("Input.insertText", text=text)
        for kind in ("keyDown", "keyUp"):
            await self.call(
                "Input.dispatchKeyEvent",
                type=kind,
                key="Enter",
                code="Enter",
                text="\r",
                windowsVirtualKeyCode=13,
            )

    async def resize(self, width: int, height: int) -> None:
        await self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )

    async def prefer(self, scheme: str) -> None:
        """Look at it in `dark` or `light`."""
        await self.call(
            "Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}]
        )

    async def screenshot(self) -> bytes:
        """What it looks like, as PNG."""
        return base64.b64decode((await self.call("Page.captureScreenshot", format="png"))["data"])


@asynccontextmanager
async def browser(command: str, profile: Path) -> AsyncIterator[Browser]:
    """A browser with a profile of its own; closed at the end."""
    process = await asyncio.create_subprocess_exec(
        command, *_FLAGS, f"--user-data-dir={profile}", "about:blank",
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        async with connect(await _endpoint(process), max_size=None, compression=None) as socket:
            one = Browser(socket)
            reading = asyncio.create_task(one.read(), name="browser answers")
            draining = asyncio.create_task(_drain(process), name="browser log")
            try:
                yield one
                await one.call("Browser.close")
            finally:
                reading.cancel()
                draining.cancel()
                await asyncio.gather(reading, draining, return_exceptions=True)
    finally:
        try:
            async with asyncio.timeout(5):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()


async def _endpoint(process: asyncio.subprocess.Process) -> str:
    assert process.stderr is not None
    async with asyncio.timeout(PATIENCE_SECONDS):
        async for line in process.stderr:
            if found := re.search(rb"DevTools listening on (ws://\S+)", line):
                return found[1].decode()
    raise AssertionError("the browser ended before it listened")


async def _drain(process: asyncio.subprocess.Process) -> None:
    assert process.stderr is not None
    async for _ in process.stderr:
        pass
