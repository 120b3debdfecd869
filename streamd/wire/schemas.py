"""JSON Schemas of all messages, as one document: made of the classes that read messages and of the types of payloads."""

import functools
from collections.abc import Iterator, Mapping
from typing import Final, cast

from streamd.analysis import AnalysisResultsData, SupplierResultsData
from streamd.core.agent_progress import AgentProgressData
from streamd.core.json.typed_schemas import JsonSchema, definitions_of
from streamd.forecasting import ForecastResultsData
from streamd.wire.codec import MESSAGES
from streamd.wire.payloads.event_data import (
    EVENTS,
    CustomEvent,
    QualityUpdatedData,
    SectionUpdatedData,
)
from streamd.wire.payloads.reply_data import REPLIES
from streamd.wire.payloads.response_data import RESPONSES
from streamd.wire.payloads.thread_data import AskedQuestionData, QuestionStatusData
from streamd.wire.request_id import REQUEST_ID

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"

DATA: Final[Mapping[str, type[object]]] = {
    "analysis_results": AnalysisResultsData,
    "supplier_results": SupplierResultsData,
    "forecast_results": ForecastResultsData,
    "agent_progress": AgentProgressData,
    "interrupt_asked": AskedQuestionData,
    "interrupt_closed": QuestionStatusData,
    "section_updated": SectionUpdatedData,
    "quality_updated": QualityUpdatedData,
}
"""The `data` of responses and broadcasts, by their type."""


@functools.cache
def schemas() -> Mapping[str, object]:
    """Make the document: schemas by kind and type of message, which refer to `$defs`.

    `messages` are those of clients; `custom_event` is that of every event with another `event_type` than in `events`. The
    daemon may send more keys than are listed, and ignores those it does not know. It takes a tenth of a second the first time.
    """
    kinds = [*REPLIES.values(), *RESPONSES.values(), *EVENTS.values(), CustomEvent, *DATA.values()]
    _, definitions = definitions_of(kinds)

    def of(kind: type[object]) -> JsonSchema:
        return definitions[kind.__name__]

    document: dict[str, object] = {
        "$schema": DIALECT,
        "messages": {name: message.json_schema() for name, message in MESSAGES.items()},
        "replies": {
            name: _typed(of(kind), name, {"request_id": REQUEST_ID}) for name, kind in REPLIES.items()
        },
        "responses": {name: _typed(of(kind), name) for name, kind in RESPONSES.items()},
        "events": {name: of(kind) for name, kind in EVENTS.items()},
        "custom_event": of(CustomEvent),
        "data": {name: {"$ref": f"#/$defs/{kind.__name__}"} for name, kind in DATA.items()},
    }
    used: set[str] = set()
    _follow(document, definitions, used)
    return {**document, "$defs": {name: definitions[name] for name in sorted(used)}}


def _typed(schema: JsonSchema, name: str, further: JsonSchema | None = None) -> JsonSchema:
    """Add the key `type`."""
    properties = cast("JsonSchema", schema["properties"])
    return {
        **schema,
        "properties": {"type": {"const": name}, **(further or {}), **properties},
        "required": ["type", *cast("list[str]", schema["required"])],
    }


def _follow(value: object, definitions: Mapping[str, JsonSchema], used: set[str]) -> None:
    """Collect the definitions that a schema refers to, directly or not."""
    for reference in _references(value):
        if reference not in used:
            used.add(reference)
            _follow(definitions[reference], definitions, used)


def _references(value: object) -> Iterator[str]:
    match value:
        case {"$ref": str() as reference}:
            yield reference.removeprefix("#/$defs/")
        case dict():
            for inner in value.values():
                yield from _references(inner)
        case list():
            for inner in value:
                yield from _references(inner)
        case _:
            pass
