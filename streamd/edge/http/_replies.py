"""Replies of the protocol as responses."""

from collections.abc import Mapping

from starlette.responses import Response


def json_response(body: bytes, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Answer with JSON that is encoded already. Nothing of it may be kept by caches."""
    return Response(
        body, status, {"cache-control": "no-store", **(headers or {})}, media_type="application/json"
    )
