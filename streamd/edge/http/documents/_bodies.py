"""Schemas of the bodies that these clients send, made of those of the messages that their requests become."""

from collections.abc import Mapping
from typing import Final, cast

from streamd.core.json.typed_schemas import JsonSchema
from streamd.wire.messages.run_messages import MultiAgentRequestMessage, UserRequestMessage
from streamd.wire.messages.thread_messages import RespondMessage, ThreadMessage


def _keys(schema: object) -> Mapping[str, JsonSchema]:
    return cast("Mapping[str, Mapping[str, JsonSchema]]", schema)["properties"]


def _body(keys: Mapping[str, JsonSchema], *required: str, **rules: object) -> JsonSchema:
    needs = {"required": list(required)} if required else {}
    return {"type": "object", "properties": dict(keys), **needs, **rules}


_REQUEST: Final = _keys(UserRequestMessage.json_schema())
_THREAD: Final = _keys(ThreadMessage.json_schema())
_ANSWER: Final = _keys(RespondMessage.json_schema())
_OBJECT: Final[JsonSchema] = {"type": ["object", "null"]}

MULTI_AGENT: Final = _keys(MultiAgentRequestMessage.json_schema())["request"]
"""A question for several agents; the same in an object under `request` is read, too."""

GRAPH: Final = _body(
    {
        "thread_id": _REQUEST["thread_id"],
        "message": {"type": ["string", "null"]},
        **{
            key: one
            for key, one in _REQUEST.items()
            if key not in ("type", "thread_id", "user_input", "request_id")
        },
        **_keys(_REQUEST["options"]),
    },
    anyOf=[{"required": ["message"]}, {"required": ["context"]}, {"required": ["thread_id"]}],
)
"""A run of the graph; options stand beside the message, or in `options`."""

RESUME: Final = _body(
    {
        "thread_id": {**_THREAD["thread_id"], "minLength": 1},
        **{key: one for key, one in _ANSWER.items() if key not in ("type", "interrupt_id", "request_id")},
        "interrupt_id": {"type": ["string", "null"], "maxLength": 200},
    },
    anyOf=[{"required": ["thread_id"]}, {"required": ["interrupt_id"]}],
)
NAMED: Final = _body({"thread_id": {"type": ["string", "null"], "maxLength": 200}})
UPDATE: Final = _body(
    {"updates": _OBJECT, "values": _OBJECT, "as_node": _THREAD["as_node"]},
    anyOf=[{"required": ["updates"]}, {"required": ["values"]}],
)
REWIND: Final = _body({"checkpoint_id": {"type": "string", "minLength": 1}}, "checkpoint_id")


def known_in(schema: JsonSchema) -> frozenset[str]:
    """The keys of a body, those of inner objects by their path; what bodies of messages have besides is none of theirs."""
    known = {"type", "request_id"}
    for key, one in _keys(schema).items():
        known.add(key)
        if "properties" in one:
            known |= {f"{key}.{inner}" for inner in known_in(one) - {"type", "request_id"}}
    return frozenset(known)
