"""Parses the address that a client connects to."""

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl, unquote

import attrs

from streamd.core.item import Seq
from streamd.core.json.characters import has_control_characters, is_percent_encoded_text, why_refused
from streamd.core.values import MAX_ID_CHARS, MAX_INTEGER, nfc
from streamd.errors import InvalidMessageError
from streamd.facts import frozen
from streamd.text.json_text import decode_json
from streamd.wire.messages import _readers as read
from streamd.wire.messages.item_messages import ViewWhere, view_where

DEFAULT_WORKSPACE: Final = "default"
MAX_WORKSPACE_CHARS: Final = 100
MAX_TOKEN_CHARS: Final = 8192
NAMED_PATH: Final = "/api/streaming/ws/"
PLAIN_PATHS: Final = frozenset({"/", "/ws"})

_WORKSPACE: Final = re.compile(rf"[\w.-]{{1,{MAX_WORKSPACE_CHARS}}}")


@frozen
class ConnectionParams:
    """The parameters of a client's handshake. None: not given."""

    workspace: str = DEFAULT_WORKSPACE
    since: Seq | None = None
    """Position of the last event the client has applied; it asks for those after it."""
    epoch: str | None = None
    """Epoch of the journal that `since` is a position of."""
    snapshot: bool = False
    item_types: frozenset[str] | None = None
    where: ViewWhere | None = None
    """The name of a criterion, or conditions."""
    user_id: str | None = None
    token: str | None = attrs.field(default=None, repr=False)
    connection_id: str | None = None
    """The name that the client gives the connection in the path."""


_ALL_DEFAULTS: Final = ConnectionParams()


def parse_target(target: str) -> ConnectionParams | None:
    """Parse the request target of a handshake (path and query); None where no WebSocket is served.

    Raises:
        InvalidMessageError: a parameter that cannot be used; `path` names it.

    """
    if not target.isascii():
        raise InvalidMessageError("the address must be percent-encoded", path="path")
    path, _, query = target.partition("?")
    if not query and path in PLAIN_PATHS:
        return _ALL_DEFAULTS
    if not is_percent_encoded_text(target):
        raise InvalidMessageError("the address must be percent-encoded UTF-8", path="path")
    connection_id: str | None = None
    if path not in PLAIN_PATHS:
        if not path.startswith(NAMED_PATH):
            return None
        connection_id = unquote(path[len(NAMED_PATH) :])
        if not connection_id or "/" in connection_id:
            return None
        _check_text(connection_id, "connection_id", MAX_ID_CHARS)
    # the first of a repeated parameter counts; an empty one is as good as absent
    given = dict(reversed(parse_qsl(query)))
    return ConnectionParams(
        workspace=check_workspace(given.get("workspace", DEFAULT_WORKSPACE)),
        since=_since(given.get("since")),
        epoch=_text(given, "epoch", MAX_ID_CHARS),
        snapshot=_flag(given.get("snapshot")),
        item_types=_names(given.get("item_types"), "item_types"),
        where=_where(given.get("where"), "where"),
        user_id=_text(given, "user_id", MAX_ID_CHARS),
        token=_text(given, "token", MAX_TOKEN_CHARS),
        connection_id=connection_id,
    )


def check_workspace(name: str) -> str:
    """Return the name, in NFC, if a workspace can have it; refuse it otherwise."""
    name = nfc(name)
    if _WORKSPACE.fullmatch(name) is None:
        raise InvalidMessageError(
            f"a workspace's name has 1 to {MAX_WORKSPACE_CHARS} letters, digits, _ . or -", path="workspace"
        )
    return name


def _since(text: str | None) -> Seq | None:
    if text is None:
        return None
    if text.isascii() and text.isdigit() and len(text) <= 16 and int(text) <= MAX_INTEGER:
        return Seq(int(text))
    raise InvalidMessageError(
        "since must be the last seq you have applied: a whole number, 0 or more", path="since"
    )


def _flag(text: str | None) -> bool:
    match text:
        case None | "0" | "false":
            return False
        case "1" | "true":
            return True
        case _:
            raise InvalidMessageError("snapshot must be 1 or 0", path="snapshot")


def _names(text: str | None, key: str) -> frozenset[str] | None:
    """The names of a list that is JSON, or separated by commas."""
    if text is None:
        return None
    return read.names(_decoded(text, key) if _is_json(text) else text.split(","), key)


def _where(text: str | None, key: str) -> ViewWhere | None:
    if text is None:
        return None
    return view_where(_decoded(text, key) if _is_json(text) else text, key)


def _is_json(text: str) -> bool:
    return text.startswith(("[", "{"))


def _decoded(text: str, key: str) -> object:
    try:
        value, faults = decode_json(text)
    except ValueError:
        raise InvalidMessageError(f"{key} starts like JSON and is none", path=key) from None
    if faults:
        raise InvalidMessageError(f"{key}{faults[0].path} {faults[0].why}", path=key)
    return value


def _text(given: Mapping[str, str], key: str, limit: int) -> str | None:
    text = given.get(key)
    if text is None:
        return None
    _check_text(text, key, limit)
    return nfc(text)


def _check_text(text: str, key: str, limit: int) -> None:
    if len(text) > limit or has_control_characters(text):
        raise InvalidMessageError(
            f"{key} has at most {limit} printable characters{why_refused(text, limit)}", path=key
        )
