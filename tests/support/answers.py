"""Holds every answer over HTTP that a test sees against the OpenAPI document."""

import functools
import re
from typing import Any, Final

import fastjsonschema
import httpx
import orjson

from streamd.edge.http._app import OPERATIONS
from streamd.edge.http.openapi import openapi_document
from tests.support.schemas import closed

_STREAMS: Final = "text/event-stream"
_PART: Final = re.compile(r"\\\{\w+\\\}")


@functools.cache
def document() -> dict[str, Any]:
    """The document, as it is served."""
    made: dict[str, Any] = orjson.loads(orjson.dumps(openapi_document(OPERATIONS)))
    return made


@functools.cache
def _paths() -> list[tuple[re.Pattern[str], str]]:
    ordered = sorted(document()["paths"], key=lambda path: [part.startswith("{") for part in path.split("/")])
    return [(re.compile(_PART.sub("[^/]+", re.escape(path))), path) for path in ordered]


@functools.cache
def _validator(path: str, method: str, status: str, media_type: str) -> Any:
    responses = document()["paths"][path][method]["responses"]
    response = responses.get(status, responses["default"])
    content = response.get("content", {})
    assert media_type in content or not (media_type or content), (
        f"{method.upper()} {path} answers {status} with {media_type or 'nothing'}; the document has {list(content)}"
    )
    schema = content.get(media_type, {}).get("schema")
    if schema is None:
        return None
    definitions = document()["components"]["schemas"]
    text = orjson.dumps({**schema, "$defs": _closed(definitions)})
    return fastjsonschema.compile(
        orjson.loads(text.replace(b"#/components/schemas/", b"#/$defs/")), use_default=False
    )


def _closed(definitions: dict[str, Any]) -> dict[str, Any]:
    """The schemas with no keys beside those that they have; problems have more, and those of the ends of edges are not names."""
    return {
        name: one if name.startswith(("Problem", "GraphEdge", "Ack")) else closed(one)
        for name, one in definitions.items()
    }


def check_answer(response: httpx.Response) -> None:
    """Hold an answer that was read whole against the document. Raises AssertionError."""
    path = response.request.url.raw_path.decode().partition("?")[0]
    found = next((own for pattern, own in _paths() if pattern.fullmatch(path)), None)
    method = response.request.method.lower()
    if found is None or method not in document()["paths"][found]:
        return
    media_type = response.headers.get("content-type", "").partition(";")[0]
    validate = _validator(found, method, str(response.status_code), media_type)
    if validate is None or media_type == _STREAMS:
        return
    try:
        validate(response.json())
    except fastjsonschema.JsonSchemaValueException as error:
        raise AssertionError(f"{method.upper()} {found} {response.status_code}: {error.message}") from None
