"""Messages about the connection: its greeting, heartbeat, subscription and end."""

from collections.abc import Mapping
from typing import Final, Literal, get_args

from streamd.core.item import Seq
from streamd.errors import InvalidMessageError
from streamd.wire.messages import _readers as read
from streamd.wire.messages._key_schemas import accepts, schema_of, text_schema
from streamd.wire.messages.client_message import ClientMessage, from_key, from_keys, message
from streamd.wire.messages.connection_params import MAX_TOKEN_CHARS, MAX_WORKSPACE_CHARS, check_workspace
from streamd.wire.messages.item_messages import ViewWhere, view_where

SubscriptionTopic = Literal["items", "runs", "progress", "quality", "interrupts"]
TOPICS: Final[tuple[SubscriptionTopic, ...]] = get_args(SubscriptionTopic)

_NOTHING: Final[Mapping[str, object]] = {}


@message("ping")
class PingMessage(ClientMessage):
    """`ping`: asks for a `pong`."""


@accepts(text_schema(MAX_WORKSPACE_CHARS))
def _workspace(value: object, key: str) -> str | None:
    if not isinstance(value, str):
        raise InvalidMessageError(f"{key} must be text", path=key)
    return check_workspace(value) if value else None


@accepts({"anyOf": [schema_of(read.name), schema_of(read.facts)]})
def _program(value: object, key: str) -> Mapping[str, object]:
    return {"name": read.name(value, key)} if isinstance(value, str) else read.facts(value, key)


@message("hello")
class HelloMessage(ClientMessage):
    """`hello`: says who is there and from where to resume. What it leaves out stays as the address said it."""

    token: str | None = from_key(read.short_text(MAX_TOKEN_CHARS), default=None, shown=False)
    workspace: str | None = from_key(_workspace, default=None)
    since: Seq | None = from_key(read.position(), default=None)
    epoch: str | None = from_key(read.name, default=None)
    snapshot: bool = from_key(read.flag, default=False)
    client: Mapping[str, object] = from_key(_program, default=_NOTHING)
    """What program it is, in its own words; `{name}` when it was given as a text."""
    user_id: str | None = from_key(read.name, default=None)
    item_types: frozenset[str] | None = from_keys(read.item_types, default=None)
    where: ViewWhere | None = from_key(view_where, default=None)


@message("subscribe")
class SubscribeMessage(ClientMessage):
    """`subscribe`: adds topics to what the connection receives, and sets the filters that are given."""

    topics: frozenset[SubscriptionTopic] | None = from_key(read.names_of(TOPICS), default=None)
    item_types: frozenset[str] | None = from_keys(read.item_types, default=None)
    event_types: frozenset[str] | None = from_key(read.names, default=None)
    agents: frozenset[str] | None = from_key(read.names, default=None)
    where: ViewWhere | None = from_key(view_where, default=None)
    snapshot: bool | None = from_key(read.flag, default=None)
    """Whether the items that pass the filters are wanted first; None: where they are needed."""


@message("unsubscribe")
class UnsubscribeMessage(ClientMessage):
    """`unsubscribe`: takes topics, and names in filters, away. With nothing named: all topics."""

    topics: frozenset[SubscriptionTopic] | None = from_key(read.names_of(TOPICS), default=None)
    item_types: frozenset[str] | None = from_keys(read.item_types, default=None)
    event_types: frozenset[str] | None = from_key(read.names, default=None)
    agents: frozenset[str] | None = from_key(read.names, default=None)
    where: bool = from_key(read.flag, default=False)
    """Whether the filter by a criterion or conditions is taken away."""


@message("disconnect")
class DisconnectMessage(ClientMessage):
    """`disconnect`: ends the connection after the answers to earlier messages."""
