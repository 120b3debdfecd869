"""A real MCP server, made with the official library: `python -m tests.support.mcp_server stdio`, or `http PORT`.

It writes each call of `note` into the file CALLS; `slow` goes on when the file GO is there; over HTTP it wants a token.
"""

import itertools
import os
import sys
import time
from pathlib import Path
from typing import Any, Final

import anyio
from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import ToolAnnotations

TOKEN: Final = "sesame-open-up"
CALLS: Final = "calls.txt"
GO: Final = "go"

server = MCPServer("files", log_level="ERROR")
READS: Final = ToolAnnotations(read_only_hint=True)


@server.tool(annotations=READS)
def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


@server.tool()
async def note(text: str, ctx: Context) -> str:
    """Write a note."""
    meta = ctx.request_context.meta or {}
    async with await anyio.open_file(CALLS, "a") as file:
        await file.write(f"{text} {dict(meta).get('streamd/idempotency_key')}\n")
    return f"noted: {text}"


@server.tool()
async def slow(text: str, ctx: Context) -> str:
    """Write a note, slowly."""
    await note(text, ctx)
    with anyio.fail_after(60):
        for _ in itertools.count():
            if await anyio.Path(GO).exists():
                break
            await anyio.sleep(0.01)
    return "at last"


@server.tool(annotations=READS)
def fail() -> str:
    """Fail."""
    raise ToolError("the shelf is locked")


@server.tool(annotations=READS)
def big() -> str:
    """Return a long text."""
    return "x" * 200_000


@server.tool(name="dots.and/slashes", annotations=READS)
def dots() -> dict[str, str]:
    """Return what the environment has."""
    return {"token": os.environ.get("TOKEN", ""), "secret": os.environ.get("SECRET", "")}


@server.tool(annotations=READS)
async def grow(ctx: Context) -> str:
    """Get one more tool."""
    server.add_tool(lambda: "I am new", name="grown", description="It was not there before.")
    await ctx.notify_tools_changed()
    return "grown"


@server.tool(annotations=READS)
async def count(ctx: Context) -> str:
    """Count to a thousand, and tell each number."""
    for number in range(1000):
        await ctx.report_progress(number + 1, 1000, f"at {number + 1}")
    return "counted"


@server.tool(annotations=READS)
def odd() -> str:
    """Write to the standard output what is no message."""
    os.write(1, b"\xff no message\n")
    return "all the same"


@server.tool()
def die() -> str:
    """End the server."""
    os._exit(1)


def guarded(app: Any) -> Any:
    """Refuse requests without the token."""

    async def serve(scope: Any, receive: Any, send: Any) -> None:
        headers = dict(scope.get("headers", ()))
        if scope["type"] == "http" and headers.get(b"authorization") != f"Bearer {TOKEN}".encode():
            await send({"type": "http.response.start", "status": 401, "headers": []})
            await send({"type": "http.response.body", "body": b""})
            return
        await app(scope, receive, send)

    return serve


if __name__ == "__main__":
    Path("server.pid").write_text(str(os.getpid()))
    if sys.argv[1] == "http":
        import uvicorn

        uvicorn.run(guarded(server.streamable_http_app()), port=int(sys.argv[2]), log_level="error")
    else:
        time.sleep(float(os.environ.get("WAITS", "0")))
        server.run()
