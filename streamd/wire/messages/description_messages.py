"""The message that asks what there is: item types, agents, limits, and the shapes of messages."""

from typing import Final, Literal, get_args

from streamd.core.json.typed_schemas import JsonSchema
from streamd.errors import InvalidMessageError
from streamd.wire.messages._key_schemas import accepts
from streamd.wire.messages.client_message import ClientMessage, from_key, message

DescriptionSection = Literal[
    "item_types", "criteria", "agents", "triggers", "models", "limits", "messages", "schemas"
]
DESCRIPTION_SECTIONS: Final[tuple[DescriptionSection, ...]] = get_args(DescriptionSection)
USUAL_SECTIONS: Final[tuple[DescriptionSection, ...]] = tuple(
    section for section in DESCRIPTION_SECTIONS if section != "schemas"
)
"""Sections of a description that names none: the schemas are ten times as long as everything else."""


_SECTION: Final[JsonSchema] = {"enum": list(DESCRIPTION_SECTIONS)}


@accepts({"anyOf": [_SECTION, {"type": "array", "items": _SECTION}]})
def _sections(value: object, key: str) -> tuple[DescriptionSection, ...]:
    named = [value] if isinstance(value, str) else value
    known = (
        all(isinstance(one, str) and one in DESCRIPTION_SECTIONS for one in named)
        if isinstance(named, list)
        else False
    )
    if not isinstance(named, list) or not known:
        raise InvalidMessageError(
            f"{key} must be one of, or a list of: {', '.join(DESCRIPTION_SECTIONS)}", path=key
        )
    return tuple(section for section in DESCRIPTION_SECTIONS if section in named)


@message("describe")
class DescribeMessage(ClientMessage):
    """`describe`: asks what items, agents, limits and messages there are."""

    what: tuple[DescriptionSection, ...] = from_key(_sections, default=USUAL_SECTIONS)
    """The sections of the answer."""
