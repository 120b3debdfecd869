"""Preconditions: `If-Match` and `If-None-Match` with the version of an item (RFC 9110, 13.1)."""

import re
from collections.abc import Awaitable
from typing import Final, TypeVar

from starlette.requests import Request

from streamd.core.item import Seq
from streamd.errors import ConflictError, InvalidMessageError

T = TypeVar("T")

_TAG: Final = r'(?:W/)?"[^"]*"'
_TAGS: Final = re.compile(rf"{_TAG}(?:[ \t]*,[ \t]*{_TAG})*")
_OPAQUE: Final = re.compile(r'"([^"]*)"')
_VERSION: Final = re.compile(r"[1-9][0-9]{0,15}")


def etag(version: int) -> str:
    """The ETag of an item at a version."""
    return f'"{version}"'


def versions_to_match(request: Request) -> tuple[Seq, ...] | None:
    """The versions that `If-Match` names; None: any, as with `*`. Raises InvalidMessageError where it is no list of ETags.

    What a proxy that compresses has made weak (`W/"7"`) names the same version.
    """
    return None if "if-match" not in request.headers else _versions(request, "If-Match")


def is_known(request: Request, version: int) -> bool:
    """Whether the client has what it asks for, by its `If-None-Match`. One that is no list of ETags counts for nothing."""
    try:
        known = _versions(request, "If-None-Match")
    except InvalidMessageError:
        return False
    return known is None or version in known


def _versions(request: Request, header: str) -> tuple[Seq, ...] | None:
    given = ",".join(request.headers.getlist(header)).strip()
    if given == "*":
        return None
    if not _TAGS.fullmatch(given):
        raise InvalidMessageError(f"{header} must be the ETag of the item, its version", path=header)
    return tuple(Seq(int(tag)) for tag in _OPAQUE.findall(given) if _VERSION.fullmatch(tag))


class PreconditionError(ConflictError):
    """The item does not have the version that `If-Match` names."""


async def checked(request: Request, edit: Awaitable[T]) -> T:
    """Await an edit; a conflict with `If-Match` is told as one. Raises its refusal."""
    try:
        return await edit
    except ConflictError as conflict:
        if "if-match" not in request.headers:
            raise
        raise PreconditionError(conflict.message, **conflict.details) from None
