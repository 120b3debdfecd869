"""Parsing messages that begin, watch, stop and take back runs."""

from typing import Final

import orjson

from streamd.core.item import START
from streamd.core.run import CANCEL_MODES
from streamd.core.values import check_value
from streamd.errors import InvalidMessageError
from streamd.wire import messages
from streamd.wire.fields import Body, choice, inner, name, name_list, names, op_id, seq, text, whole, within
from streamd.wire.request_id import RequestId
from streamd.wire.run_options import run_options

MAX_SUPPORTING_AGENTS: Final = 16
MAX_PROGRESS_HISTORY: Final = 1000


def user_request(body: Body, request_id: RequestId) -> messages.UserRequest:
    """`user_request`: words, a context, or both."""
    user_input = text(body, "user_input") or ""
    check_value(user_input, "user_input")
    context = _context(body)
    if not context and not user_input.strip():
        raise InvalidMessageError(
            "user_input is required: say what should happen, or give it in context", path="user_input"
        )
    return messages.UserRequest(
        user_input,
        context,
        name(body, "user_id"),
        name(body, "thread_id"),
        name(body, "agent"),
        run_options(body),
        request_id,
    )


def multi_agent_request(body: Body, request_id: RequestId) -> messages.MultiAgentRequest:
    """`multi_agent_request`: everything stands in `request`; the user may stand beside it."""
    given = inner(body, "request")
    if given is None:
        raise InvalidMessageError('request is required: an object such as {"query":…}', path="request")
    beside = name(body, "user_id")
    with within("request"):
        query = text(given, "query")
        check_value(query, "query")
        if query is None or not query.strip():
            raise InvalidMessageError("query is required: say what you want to know", path="query")
        return messages.MultiAgentRequest(
            query,
            name(given, "coordination_mode"),
            name(given, "primary_agent"),
            name_list(given, "supporting_agents", most=MAX_SUPPORTING_AGENTS),
            _context(given),
            name(given, "product_id"),
            name(given, "thread_id"),
            name(given, "user_id") or beside,
            run_options(given),
            request_id,
        )


def _context(body: Body) -> dict[str, object]:
    value = body.get("context")
    if isinstance(value, str):
        # older clients send what a form field held
        try:
            value = orjson.loads(value) if value.strip() else None
        except orjson.JSONDecodeError:
            value = False
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise InvalidMessageError("context must be an object, or the JSON text of one", path="context")
    check_value(value, "context")
    return value


def attach(body: Body, request_id: RequestId) -> messages.Attach:
    """`attach`."""
    run_id, thread_id = _run_or_thread(body)
    return messages.Attach(run_id, thread_id, seq(body, "after") or START, request_id)


def cancel(body: Body, request_id: RequestId) -> messages.Cancel:
    """`cancel`."""
    run_id, thread_id = _run_or_thread(body)
    return messages.Cancel(run_id, thread_id, choice(body, "mode", CANCEL_MODES) or "immediate", request_id)


def _run_or_thread(body: Body) -> tuple[str | None, str | None]:
    run_id, thread_id = name(body, "run_id"), name(body, "thread_id")
    if run_id is None and thread_id is None:
        raise InvalidMessageError("run_id is required: the id of a run, or thread_id", path="run_id")
    return run_id, thread_id


def undo(body: Body, request_id: RequestId) -> messages.Undo:
    """`undo`: of a run or of one change."""
    run_id, position = name(body, "run_id"), seq(body, "seq", least=1)
    if (run_id is None) == (position is None):
        raise InvalidMessageError(
            "give either run_id, to undo what a run did to items, or seq, to undo one change", path="run_id"
        )
    return messages.Undo(run_id, position, op_id(body), name(body, "user_id"), request_id)


def get_progress(body: Body, request_id: RequestId) -> messages.GetProgress:
    """`get_progress`."""
    history = whole(body, "history", most=MAX_PROGRESS_HISTORY) or 0
    return messages.GetProgress(names(body, "agents"), history, request_id)
