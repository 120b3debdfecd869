"""The message about what agents remember."""

from typing import ClassVar, Final, Literal, get_args

from streamd.core.memory import MEMORY_KINDS, MemoryKind
from streamd.errors import InvalidMessageError
from streamd.wire.messages import _readers as read
from streamd.wire.messages._key_schemas import accepts, needs, text_schema
from streamd.wire.messages.client_message import ClientMessage, from_key, message
from streamd.wire.messages.thread_messages import DEFAULT_LIMIT, MAX_LIMIT

MAX_QUERY_CHARS: Final = 2000
MAX_PREFERENCE_BYTES: Final = 65_536

MemoryAction = Literal["search", "list", "set_preference", "clear", "export"]
MEMORY_ACTIONS: Final[tuple[MemoryAction, ...]] = get_args(MemoryAction)


@accepts(text_schema(MAX_QUERY_CHARS))
def _query(value: object, key: str) -> str:
    words = read.text(value, key)
    if len(words) > MAX_QUERY_CHARS:
        raise InvalidMessageError(f"{key} has at most {MAX_QUERY_CHARS} characters", path=key)
    return words


@message("memory")
class MemoryMessage(ClientMessage):
    """`memory`: asks for what agents remember, clears it, or sets a preference."""

    rule: ClassVar = {
        "allOf": [
            {"if": {"properties": {"action": {"enum": ["search", None]}}}, "then": {"required": ["query"]}},
            needs("action", "set_preference", "key"),
        ]
    }

    action: MemoryAction = from_key(read.choice(MEMORY_ACTIONS), default="search")
    agent: str | None = from_key(read.name, default=None)
    query: str | None = from_key(_query, default=None)
    """There with `search`."""
    kinds: frozenset[MemoryKind] | None = from_key(read.names_of(MEMORY_KINDS), default=None)
    key: str | None = from_key(read.name, default=None)
    """There with `set_preference`."""
    value: object = from_key(read.json_value(most_bytes=MAX_PREFERENCE_BYTES), default=None)
    """Of the preference: JSON; None removes it."""
    limit: int = from_key(read.whole(least=1, most=MAX_LIMIT), default=DEFAULT_LIMIT)
    user_id: str | None = from_key(read.name, default=None)

    def __attrs_post_init__(self) -> None:
        """Refuse a search for nothing and a preference about nothing."""
        if self.action == "search" and (self.query is None or not self.query.strip()):
            raise InvalidMessageError("query is required with search: words to look for", path="query")
        if self.action == "set_preference" and self.key is None:
            raise InvalidMessageError("key is required with set_preference: what it is about", path="key")


@message("forget_user")
class ForgetUserMessage(ClientMessage):
    """`forget_user`: takes a user's words out of the workspace."""

    user_id: str = from_key(read.required_name)
    everywhere: bool = from_key(read.flag, default=False)
    """In all workspaces."""
