"""Parsing messages that ask: for items, for a place in the stream."""

from typing import Final

from streamd.core.criteria import parse_conditions
from streamd.core.item import Seq
from streamd.core.values import check_value
from streamd.errors import InvalidMessageError
from streamd.wire import messages
from streamd.wire.connecting import MAX_TOKEN_CHARS, check_workspace
from streamd.wire.fields import (
    Body,
    choice,
    facts,
    flag,
    item_id,
    item_types,
    name,
    names,
    op_id,
    seq,
    text,
    whole,
)
from streamd.wire.messages import TOPICS, Topic
from streamd.wire.request_id import RequestId

MAX_PAGE: Final = 1000
DEFAULT_PAGE: Final = 100
MAX_CONDITIONS: Final = 32
MAX_CONDITION_CHARS: Final = 500
MAX_FILENAME_CHARS: Final = 255


def hello(body: Body, request_id: RequestId) -> messages.Hello:
    """`hello`."""
    client = {"name": name(body, "client")} if isinstance(body.get("client"), str) else facts(body, "client")
    workspace = body.get("workspace")
    if workspace is not None and not isinstance(workspace, str):
        raise InvalidMessageError("workspace must be text", path="workspace")
    return messages.Hello(
        name(body, "token", limit=MAX_TOKEN_CHARS),
        check_workspace(workspace) if workspace else None,
        seq(body, "since"),
        name(body, "epoch"),
        flag(body, "snapshot"),
        client or {},
        name(body, "user_id"),
        request_id,
    )


def snapshot(body: Body, request_id: RequestId) -> messages.Snapshot:
    """`snapshot`."""
    return messages.Snapshot(item_types(body), request_id)


def subscribe(body: Body, request_id: RequestId) -> messages.Subscribe:
    """`subscribe`."""
    return messages.Subscribe(
        _topics(body), item_types(body), names(body, "event_types"), names(body, "agents"), request_id
    )


def unsubscribe(body: Body, request_id: RequestId) -> messages.Unsubscribe:
    """`unsubscribe`."""
    return messages.Unsubscribe(
        _topics(body), item_types(body), names(body, "event_types"), names(body, "agents"), request_id
    )


def _topics(body: Body) -> frozenset[Topic] | None:
    given = names(body, "topics")
    if given is None:
        return None
    known = frozenset(topic for topic in TOPICS if topic in given)
    if len(known) < len(given):
        raise InvalidMessageError(f"topics must be of: {', '.join(TOPICS)}", path="topics")
    return known


def list_items(body: Body, request_id: RequestId) -> messages.ListItems:
    """`list_items`."""
    return messages.ListItems(
        name(body, "item_type"),
        _where(body),
        name(body, "criterion"),
        seq(body, "after") or Seq(0),
        whole(body, "limit", least=1, most=MAX_PAGE) or DEFAULT_PAGE,
        request_id,
    )


def _where(body: Body) -> tuple[object, ...]:
    value = body.get("where")
    if value is None:
        return ()
    if not isinstance(value, list) or len(value) > MAX_CONDITIONS:
        raise InvalidMessageError(
            f"where must be a list of at most {MAX_CONDITIONS} [field, comparison, value]", path="where"
        )
    check_value(value, "where")
    for index, triple in enumerate(value):
        if isinstance(triple, list) and any(
            isinstance(part, str) and len(part) > MAX_CONDITION_CHARS for part in triple
        ):
            raise InvalidMessageError(
                f"a text in where has at most {MAX_CONDITION_CHARS} characters", path=f"where[{index}]"
            )
    parse_conditions(value)
    return tuple(value)


def get_item(body: Body, request_id: RequestId) -> messages.GetItem:
    """`get_item`."""
    return messages.GetItem(item_id(body), request_id)


def import_(body: Body, request_id: RequestId) -> messages.Import:
    """`import`."""
    choice(body, "format", ("csv",))
    content = text(body, "text")
    if not content:
        raise InvalidMessageError("text is required: the content of a CSV file", path="text")
    return messages.Import(
        content,
        name(body, "item_type"),
        name(body, "filename", limit=MAX_FILENAME_CHARS),
        flag(body, "dry_run"),
        op_id(body),
        name(body, "user_id"),
        request_id,
    )


def export(body: Body, request_id: RequestId) -> messages.Export:
    """`export`."""
    choice(body, "format", ("csv",))
    return messages.Export(name(body, "item_type"), request_id)
