"""The addresses of the document and its page: files of our own, so that nothing of another host is loaded."""

import asyncio
import functools
from collections.abc import Sequence
from hashlib import blake2b
from importlib.resources import files
from typing import Final

import orjson
from starlette.requests import Request
from starlette.responses import Response

from streamd.edge.http._operations import JSON, Operation
from streamd.edge.http.openapi._document import openapi_document

_PAGE_RULES: Final = (
    "default-src 'none'; connect-src 'self'; script-src 'self'; style-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
_FILES: Final = {"docs": "text/html", "docs.js": "text/javascript", "docs.css": "text/css"}


def document_operations(operations: Sequence[Operation]) -> Sequence[Operation]:
    """The operations that show what these are, and themselves."""
    declared: list[Operation] = list(operations)

    @functools.cache
    def encoded() -> tuple[bytes, str]:
        body = orjson.dumps(openapi_document(declared))
        return body, f'"{blake2b(body, digest_size=8).hexdigest()}"'

    async def document(request: Request) -> Response:
        """The OpenAPI document of everything that is served here."""
        body, tag = await asyncio.to_thread(encoded)
        headers = {"etag": tag, "cache-control": "no-cache"}
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        return Response(body, headers=headers, media_type=JSON)

    shown = [
        Operation("GET", "/openapi.json", document, None, {200: JSON, 304: None}, headers=("If-None-Match",))
    ]
    shown += [
        Operation("GET", f"/{name}", page, None, {200: kind}, has_actor=False)
        for name, kind in _FILES.items()
    ]
    declared += shown
    return shown


async def page(request: Request) -> Response:
    """The page on which the OpenAPI document can be read, or a file of it."""
    name = request.url.path.removeprefix("/")
    file = files("streamd") / "web" / ("docs.html" if name == "docs" else name)
    headers = {
        "content-security-policy": _PAGE_RULES,
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "cache-control": "no-cache",
    }
    return Response(await asyncio.to_thread(file.read_bytes), headers=headers, media_type=_FILES[name])
