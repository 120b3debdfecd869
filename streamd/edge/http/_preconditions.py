"""Preconditions: `If-Match` with the version of an item, whose conflict is 412 with the current values."""

from collections.abc import Awaitable, Mapping
from typing import TypeVar

from starlette.requests import Request

from streamd.errors import ConflictError, InvalidMessageError

T = TypeVar("T")


def etag(version: int) -> str:
    """The ETag of an item at a version."""
    return f'"{version}"'


def expected_version(request: Request, *, rejects: bool) -> Mapping[str, object]:
    """The keys of an edit that say what `If-Match` does. Raises InvalidMessageError."""
    given = request.headers.get("if-match")
    if given is None or given.strip() == "*":
        return {}
    version = given.strip().removeprefix("W/").strip('"')
    if not (version.isascii() and version.isdigit()):
        raise InvalidMessageError("If-Match must be the ETag of the item, its version", path="If-Match")
    return {"base": int(version), **({"on_conflict": "reject"} if rejects else {})}


class PreconditionError(ConflictError):
    """The item changed since the version that `If-Match` names."""


async def checked(request: Request, edit: Awaitable[T]) -> T:
    """Await an edit; a conflict with `If-Match` is told as one. Raises its refusal."""
    try:
        return await edit
    except ConflictError as conflict:
        if "if-match" not in request.headers:
            raise
        raise PreconditionError(conflict.message, **conflict.details) from None
