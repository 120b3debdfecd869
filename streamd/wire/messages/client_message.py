"""Declares classes of client messages: the type on the wire and the keys stand with the attributes.

    @message("attach")
    class AttachMessage(ClientMessage):
        "`attach`: asks for the responses of a run, from after a position."

        run_id: str | None = from_key(read.name, default=None)
        after: Seq = from_key(read.position(), default=START)

A rule about several attributes stands in `__attrs_post_init__`, so that no message breaks it. An attribute that is made
of several keys is declared with `from_keys`. A new message is one such class in one of the modules that `codec.py` lists.
"""

import inspect
from collections.abc import Callable, Collection
from itertools import islice
from typing import Any, ClassVar, Final, Self, TypeVar, cast, dataclass_transform, overload

import attrs

from streamd.core.json.typed_schemas import JsonSchema
from streamd.errors import InvalidMessageError, nearest
from streamd.facts import fact
from streamd.wire.messages._key_schemas import merged, or_null
from streamd.wire.messages._shapes import REQUIRED, Body, ReadBody, ReadValue, Shape, Source
from streamd.wire.request_id import REQUEST_ID, RequestId

T = TypeVar("T")
Class = TypeVar("Class", bound="type[ClientMessage]")

_SOURCE: Final = "source"
_MOST_CHECKED: Final = 8
"""Unknown keys that are looked at for misspelled ones."""


@overload
def from_key(read: ReadValue[T], *, shown: bool = True) -> T: ...
@overload
def from_key(read: ReadValue[T | None], *, default: T, shown: bool = True) -> T: ...
def from_key(read: ReadValue[Any], *, default: Any = REQUIRED, shown: bool = True) -> Any:
    """Declare an attribute that is read from the key of its name, which is required or has a default."""
    return _field(Source(read, default), shown=shown)


@overload
def from_keys(read: ReadBody[T]) -> T: ...
@overload
def from_keys(read: ReadBody[T], *, default: T) -> T: ...
def from_keys(read: ReadBody[Any], *, default: Any = REQUIRED) -> Any:
    """Declare an attribute that is made of several keys."""
    return _field(Source(read, default), shown=True)


def _field(source: Source, *, shown: bool) -> Any:
    default = attrs.NOTHING if source.default is REQUIRED else source.default
    return attrs.field(default=default, repr=shown, metadata={_SOURCE: source})


@dataclass_transform(frozen_default=True, field_specifiers=(attrs.field, from_key, from_keys))
def _frozen(kind: Class) -> Class:
    return fact(kind)


@_frozen
class ClientMessage:
    """A message of a client that meets the rules of shape.

    Rules of content (does the item exist, may this person do it) belong to others.
    """

    type: ClassVar[str]
    """The `type` on the wire."""
    shape: ClassVar[Shape[Any]]
    rule: ClassVar[JsonSchema] = {}
    """What a schema can say about several keys of the message, as another schema of it."""

    refuses_misspelled_keys: ClassVar[bool] = False
    """Whether a key that is nearly one of its keys is refused: without it the answer would be another, and look right."""

    request_id: RequestId = attrs.field(default=None, kw_only=True)

    @classmethod
    def parse(cls, body: Body, request_id: RequestId) -> Self:
        """Read the keys of a message, or raise InvalidMessageError."""
        if cls.refuses_misspelled_keys:
            _check_keys(body, cls.shape.keys)
        return cls(*cls.shape.values(body), request_id=request_id)

    @classmethod
    def declared_keys(cls) -> frozenset[str]:
        """Return every key besides `type` and `request_id`; of inner objects by their path: `options.use_hitl`."""
        return cls.shape.keys

    @classmethod
    def json_schema(cls) -> JsonSchema:
        """Make the schema of messages of this type."""
        return described_message(cls, cls.shape.json_schema())


def _check_keys(body: Body, known: Collection[str]) -> None:
    others = (key for key in body if key not in known and key not in ("type", "request_id"))
    for key in islice(others, _MOST_CHECKED):
        near = nearest(key, sorted(known), alike=0.75)
        if near is not None:
            raise InvalidMessageError(f"there is no key {key}; did you mean {near}?", path=key)


def described_message(kind: type[ClientMessage], keys: JsonSchema) -> JsonSchema:
    """Make the schema of messages with these keys."""
    head: JsonSchema = {
        "properties": {"type": {"const": kind.type}, "request_id": or_null(REQUEST_ID)},
        "required": ["type"],
    }
    return {"description": inspect.getdoc(kind), **merged(head, keys, kind.rule)}


@dataclass_transform(frozen_default=True, field_specifiers=(attrs.field, from_key, from_keys))
def message(type_: str) -> Callable[[Class], Class]:
    """Declare a class of messages with this `type`: frozen, and read key by key as its attributes are declared."""

    def declared(kind: Class) -> Class:
        made = fact(kind)
        made.type = type_
        fields = attrs.fields(cast("Any", made))
        sources = {field.name: field.metadata[_SOURCE] for field in fields if _SOURCE in field.metadata}
        made.shape = Shape(made, **sources)
        return made

    return declared
