"""The OpenAPI document: made of the operations, of the schemas of messages and replies, and of their docstrings."""

import inspect
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

from streamd import __version__
from streamd.core.json.typed_schemas import JsonSchema, definitions_of
from streamd.core.values import MAX_ID_CHARS
from streamd.edge.http._operations import EVENT_STREAM, JSON, AnswerKind, Operation
from streamd.edge.http._problems import STATUSES
from streamd.edge.http._reply_data import ProblemDetails
from streamd.edge.http.openapi._message_schemas import (
    in_path,
    properties,
    query_parameter,
    references,
    relocated,
    without,
)
from streamd.edge.http.reading import PROBLEM, title_of
from streamd.wire.codes import ERROR_CODES
from streamd.wire.messages.connection_params import DEFAULT_WORKSPACE, MAX_WORKSPACE_CHARS
from streamd.wire.payloads.reply_data import REPLIES
from streamd.wire.schemas import schemas

_PART: Final = re.compile(r"\{(\w+)\}")
_ADDRESS: Final = re.compile(r"^`[A-Z]+ [^`]+`: ")
_NEVER_KEYS: Final = frozenset({"type", "request_id"})
_ETAG: Final[JsonSchema] = {"type": "string", "pattern": r'^"[0-9]{1,15}"$'}
_HEADERS: Final[Mapping[str, tuple[str, JsonSchema]]] = {
    "Idempotency-Key": (
        "The `op_id`: a repetition with the same one is answered like the first, and does nothing.",
        {"type": "string", "minLength": 1, "maxLength": MAX_ID_CHARS},
    ),
    "If-Match": (
        "The ETag of the item: where it has another by now, nothing is changed, and 412 tells the item.",
        _ETAG,
    ),
    "If-None-Match": ("The ETag that is known: 304 where it is still so.", {"type": "string"}),
    "Last-Event-ID": (
        "The id of the last event that was received: those after it follow.",
        {"type": "string"},
    ),
}
_ACTOR: Final[Sequence[JsonSchema]] = (
    {
        "name": "workspace", "in": "query", "description": "The workspace that it is about.",
        "schema": {"type": "string", "pattern": r"^[\w.-]*$", "maxLength": MAX_WORKSPACE_CHARS, "default": DEFAULT_WORKSPACE},
    },
    {
        "name": "user_id", "in": "query", "description": "Who asks.",
        "schema": {"type": "string", "maxLength": MAX_ID_CHARS},
    },
)  # fmt: skip


def openapi_document(operations: Sequence[Operation]) -> Mapping[str, object]:
    """Make the document of these operations. It takes a fifth of a second."""
    components = _Components(operations)
    paths: dict[str, dict[str, object]] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = components.described(operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "streamd",
            "version": __version__,
            "description": "Shared items that are live, and runs of agents, over plain HTTP.",
        },
        "paths": paths,
        "components": {"schemas": components.schemas()},
        "x-problems": {
            code: {"status": STATUSES[code], "title": title_of(code), "description": means}
            for code, means in ERROR_CODES.items()
        },
    }


class _Components:
    """The schemas that operations refer to, by name."""

    def __init__(self, operations: Sequence[Operation]) -> None:
        protocol = schemas()
        self._operations = operations
        kinds = {
            answer
            for one in operations
            for answers in one.answers.values()
            for answer in _each(answers)
            if isinstance(answer, type)
        }
        _, own = definitions_of([*sorted(kinds, key=lambda kind: kind.__name__), ProblemDetails])
        replies = cast("Mapping[str, JsonSchema]", protocol["replies"])
        self._schemas: dict[str, JsonSchema] = {
            **cast("Mapping[str, JsonSchema]", protocol["$defs"]),
            **own,
            **{kind.__name__: replies[name] for name, kind in REPLIES.items()},
        }
        self._used: set[str] = set()

    def schemas(self) -> Mapping[str, object]:
        """All schemas that are referred to, with those that they refer to."""
        found: dict[str, object] = {}
        waiting = set(self._used)
        while waiting:
            name = waiting.pop()
            found[name] = schema = relocated(self._schemas[name])
            waiting |= references(schema) - set(found)
        return dict(sorted(found.items()))

    def described(self, operation: Operation) -> JsonSchema:
        """One operation."""
        text = _ADDRESS.sub("", inspect.getdoc(operation.call) or "")
        described: JsonSchema = {
            "operationId": operation_id(operation),
            "tags": [operation.path.split("/")[1]],
            "summary": " ".join(text.partition("\n\n")[0].split()),
            "parameters": self._parameters(operation),
            "responses": {
                **{
                    str(status): {**self._response(answer), **self._links(operation, answer)}
                    for status, answer in operation.answers.items()
                },
                "default": {
                    "description": "A problem; `code` says which.",
                    "content": {PROBLEM: {"schema": self._reference(ProblemDetails.__name__)}},
                },
            },
        }
        if operation.has_body:
            described["requestBody"] = self._body(operation)
        return described

    def _reference(self, name: str) -> JsonSchema:
        self._used.add(name)
        return {"$ref": f"#/components/schemas/{name}"}

    def _response(self, answers: AnswerKind | Sequence[AnswerKind]) -> JsonSchema:
        content: dict[str, JsonSchema] = {}
        for answer in _each(answers):
            if isinstance(answer, type):
                content[JSON] = {"schema": self._reference(answer.__name__)}
            elif answer is not None and "/" in answer:
                content[answer] = {}
            elif answer is not None:
                content[JSON] = {"schema": self._reference(REPLIES[cast("Any", answer)].__name__)}
        stream = " A stream of Server-Sent Events." if EVENT_STREAM in content else ""
        return {"description": f"Done.{stream}", **({"content": content} if content else {})}

    def _links(self, operation: Operation, answers: AnswerKind | Sequence[AnswerKind]) -> JsonSchema:
        """The operations that are possible with what an operation has made."""
        made = operation.makes
        if not made or answers == EVENT_STREAM:
            return {}
        values = {made: f"$response.body#/{made}"}
        following = [one for one in self._operations if f"{{{made}}}" in one.path and one is not operation]
        return {
            "links": {
                operation_id(one): {"operationId": operation_id(one), "parameters": values}
                for one in following
            }
        }

    def _parameters(self, operation: Operation) -> Sequence[JsonSchema]:
        keys = {} if operation.message is None else properties(operation.message.json_schema())
        inner = set(_PART.findall(operation.path))
        found: list[JsonSchema] = [
            {"name": name, "in": "path", "required": True, "schema": in_path(keys.get(name, {}))}
            for name in _PART.findall(operation.path)
        ]
        hidden = _hidden(operation)
        required = operation.needs
        query: dict[str, JsonSchema] = dict(operation.query)
        if operation.keys_in_query and operation.message is not None:
            query = {**{key: own for key, own in keys.items() if key not in hidden}, **query}
            required = cast("Sequence[str]", operation.message.json_schema().get("required", ()))
        found += [query_parameter(key, schema, required=key in required) for key, schema in query.items()]
        if operation.has_actor:
            found += [one for one in _ACTOR if one["name"] not in query and one["name"] not in inner]
        headers = list(operation.headers)
        if operation.message is not None and "op_id" in operation.message.declared_keys():
            headers.append("Idempotency-Key")
        found += [
            {"name": name, "in": "header", "description": _HEADERS[name][0], "schema": _HEADERS[name][1]}
            for name in headers
        ]
        return found

    def _body(self, operation: Operation) -> JsonSchema:
        if operation.body == {}:
            return {"required": True, "content": {kind: {} for kind in operation.body_types}}
        name = f"{operation_id(operation)}_body"
        if operation.body is not None:
            self._schemas[name] = operation.body
        else:
            assert operation.message is not None
            self._schemas[name] = without(operation.message.json_schema(), _hidden(operation))
        required = bool(self._schemas[name].get("required") or self._schemas[name].get("allOf"))
        content = {kind: {"schema": self._reference(name)} for kind in operation.body_types if kind == JSON}
        others: dict[str, JsonSchema] = {
            kind: {"schema": {"type": "object"}} for kind in operation.body_types if kind != JSON
        }
        return {"required": required, "content": {**content, **others}}


def _hidden(operation: Operation) -> set[str]:
    """The keys of the message of an operation that are neither in its query nor in its body."""
    hidden = {*_PART.findall(operation.path), *operation.fixed, *_NEVER_KEYS}
    if operation.takes is not None and operation.message is not None:
        hidden |= set(properties(operation.message.json_schema())) - set(operation.takes)
    return hidden


def operation_id(operation: Operation) -> str:
    """The name of an operation, of which each has one."""
    parts = [
        part.strip("{}").replace(".", "_").replace("-", "_") for part in operation.path.split("/") if part
    ]
    return "_".join([operation.method.lower(), *parts])


def _each(answers: AnswerKind | Sequence[AnswerKind]) -> Sequence[AnswerKind]:
    return answers if isinstance(answers, tuple) else (cast("AnswerKind", answers),)
