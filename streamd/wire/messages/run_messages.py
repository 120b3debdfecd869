"""Messages that start, watch, stop and undo runs."""

from collections.abc import Mapping
from typing import ClassVar, Final, Self

from streamd.core.item import START, Seq
from streamd.core.json.typed_schemas import JsonSchema
from streamd.core.run import CANCEL_MODES, MULTITASKS, Budget, CancelMode, RunOptions
from streamd.core.values import check_value
from streamd.errors import InvalidMessageError
from streamd.text.json_text import JsonFault, decode_json
from streamd.wire.messages import _readers as read
from streamd.wire.messages._key_schemas import accepts, either, or_null, schema_of
from streamd.wire.messages._shapes import Body, Inner, Shape, inside, optional
from streamd.wire.messages.client_message import ClientMessage, described_message, from_key, message
from streamd.wire.request_id import RequestId

MAX_SUPPORTING_AGENTS: Final = 16
MAX_PROGRESS_HISTORY: Final = 1000
MAX_REVISIONS: Final = 20
COORDINATOR: Final = "coordinator"
"""The agent that a `multi_agent_request` is for."""

_NO_CONTEXT: Final[Mapping[str, object]] = {}

_AS_CONFIGURED: Final = RunOptions()

_BUDGET: Final = Inner(
    Shape(
        Budget,
        seconds=optional(read.amount),
        tokens=optional(read.whole(least=1)),
        cost_usd=optional(read.amount),
    )
)

_run_options: Final = Inner(
    Shape(
        RunOptions,
        use_hitl=optional(read.flag, False),
        max_revisions=optional(read.whole(most=MAX_REVISIONS)),
        multitask=optional(read.choice(MULTITASKS), "reject"),
        budget=optional(_BUDGET, Budget()),
    )
)
"""Reads `options`; what they leave out is as configured."""


@accepts({"type": "string"})
def _words(value: object, key: str) -> str:
    words = read.text(value, key)
    check_value(words, key)
    return words


@accepts({"type": "string", "minLength": 1})
def _query(value: object, key: str) -> str:
    words = "" if value is None else _words(value, key)
    if not words.strip():
        raise InvalidMessageError(f"{key} is required: say what you want to know", path=key)
    return words


@accepts({"type": ["object", "string"]})
def _context(value: object, key: str) -> Mapping[str, object] | None:
    if isinstance(value, str):
        # older clients send what a form field held
        faults: tuple[JsonFault, ...] = ()
        try:
            value, faults = decode_json(value) if value.strip() else (None, ())
        except ValueError:
            value = False
        for fault in faults:
            raise InvalidMessageError(f"{key}.{fault.path} {fault.why}", path=f"{key}.{fault.path}")
    if value is None:
        return None
    if not isinstance(value, dict):
        raise InvalidMessageError(f"{key} must be an object, or the JSON text of one", path=key)
    check_value(value, key)
    return value


@message("user_request")
class UserRequestMessage(ClientMessage):
    """`user_request`: asks an agent in words, by facts in `context`, or both."""

    rule: ClassVar = either("user_input", "context")

    user_input: str = from_key(_words, default="")
    """May be empty when there is a context."""
    context: Mapping[str, object] = from_key(_context, default=_NO_CONTEXT)
    user_id: str | None = from_key(read.name, default=None)
    thread_id: str | None = from_key(read.name, default=None)
    agent: str | None = from_key(read.name, default=None)
    options: RunOptions = from_key(_run_options, default=_AS_CONFIGURED)
    op_id: str | None = from_key(read.op_id, default=None)

    def __attrs_post_init__(self) -> None:
        """Refuse a request that says nothing."""
        if not self.context and not self.user_input.strip():
            raise InvalidMessageError(
                "user_input is required: say what should happen, or give it in context", path="user_input"
            )


@message("multi_agent_request")
class MultiAgentRequestMessage(ClientMessage):
    """`multi_agent_request`: asks a question that several agents work on and one of them answers.

    Its keys stand in an object under `request`; only `user_id` and `op_id` may stand beside that.
    """

    query: str = from_key(_query)
    coordination_mode: str | None = from_key(read.name, default=None)
    primary_agent: str | None = from_key(read.name, default=None)
    """The agent that answers; None: the coordinator chooses."""
    supporting_agents: tuple[str, ...] | None = from_key(
        read.name_list(most=MAX_SUPPORTING_AGENTS), default=None
    )
    """The agents that help; None: the coordinator chooses. Empty: nobody."""
    context: Mapping[str, object] = from_key(_context, default=_NO_CONTEXT)
    product_id: str | None = from_key(read.name, default=None)
    thread_id: str | None = from_key(read.name, default=None)
    user_id: str | None = from_key(read.name, default=None)
    options: RunOptions = from_key(_run_options, default=_AS_CONFIGURED)
    op_id: str | None = from_key(read.op_id, default=None)

    @property
    def coordination_context(self) -> Mapping[str, object]:
        """The context, and in it what the other keys say, as the coordinator reads it."""
        helping = None if self.supporting_agents is None else list(self.supporting_agents)
        told = {
            "coordination_mode": self.coordination_mode,
            "primary_agent": self.primary_agent,
            "supporting_agents": helping,
            "product_id": self.product_id,
        }
        return {**self.context, **{key: value for key, value in told.items() if value is not None}}

    @classmethod
    def parse(cls, body: Body, request_id: RequestId) -> Self:
        """Read the keys in `request`; refusals name them by their whole path."""
        request = body.get("request")
        if request is None:
            raise InvalidMessageError('request is required: an object such as {"query":…}', path="request")
        if not isinstance(request, dict):
            raise InvalidMessageError("request must be an object", path="request")
        beside = read.name(body.get("user_id"), "user_id")
        if beside is not None and request.get("user_id") in (None, ""):
            request = {**request, "user_id": beside}
        op_id = None if body.get("op_id") is None else read.op_id(body["op_id"], "op_id")
        if op_id is not None and request.get("op_id") is None:
            request = {**request, "op_id": op_id}
        try:
            return super().parse(request, request_id)
        except InvalidMessageError as refusal:
            raise inside("request", refusal) from None

    @classmethod
    def declared_keys(cls) -> frozenset[str]:
        """Every key besides `type` and `request_id`."""
        return frozenset(
            {"user_id", "op_id", "request", *(f"request.{inner}" for inner in super().declared_keys())}
        )

    @classmethod
    def json_schema(cls) -> JsonSchema:
        """Make the schema of these messages."""
        beside = or_null(schema_of(read.name))
        keys: JsonSchema = {
            "request": cls.shape.json_schema(),
            "user_id": beside,
            "op_id": or_null(schema_of(read.op_id)),
        }
        return described_message(cls, {"properties": keys, "required": ["request"]})


def _check_named(run_id: str | None, thread_id: str | None) -> None:
    if run_id is None and thread_id is None:
        raise InvalidMessageError("run_id is required: the id of a run, or thread_id", path="run_id")


@message("attach")
class AttachMessage(ClientMessage):
    """`attach`: asks for the responses of a run, from after a position. At least one of the two ids is there."""

    rule: ClassVar = either("run_id", "thread_id")

    run_id: str | None = from_key(read.name, default=None)
    thread_id: str | None = from_key(read.name, default=None)
    """The newest run of this thread."""
    after: Seq = from_key(read.position(), default=START)

    def __attrs_post_init__(self) -> None:
        """Refuse a message that names no run."""
        _check_named(self.run_id, self.thread_id)


@message("cancel")
class CancelMessage(ClientMessage):
    """`cancel`: stops a run. At least one of the two ids is there; where both are, `run_id` counts."""

    rule: ClassVar = either("run_id", "thread_id")

    run_id: str | None = from_key(read.name, default=None)
    thread_id: str | None = from_key(read.name, default=None)
    """The running run of this thread."""
    mode: CancelMode = from_key(read.choice(CANCEL_MODES), default="immediate")

    def __attrs_post_init__(self) -> None:
        """Refuse a message that names no run."""
        _check_named(self.run_id, self.thread_id)


@message("undo")
class UndoMessage(ClientMessage):
    """`undo`: reverts what a run did to items, or one change. Exactly one of the two is there."""

    rule: ClassVar = either("run_id", "seq")

    run_id: str | None = from_key(read.name, default=None)
    seq: Seq | None = from_key(read.position(least=1), default=None)
    """Position of the change."""
    op_id: str | None = from_key(read.op_id, default=None)
    user_id: str | None = from_key(read.name, default=None)

    def __attrs_post_init__(self) -> None:
        """Refuse a message that names neither or both."""
        if (self.run_id is None) == (self.seq is None):
            raise InvalidMessageError(
                "give either run_id, to undo what a run did to items, or seq, to undo one change",
                path="run_id",
            )


@message("get_progress")
class GetProgressMessage(ClientMessage):
    """`get_progress`: asks for the progress of agents."""

    agents: frozenset[str] | None = from_key(read.names, default=None)
    history: int = from_key(read.whole(most=MAX_PROGRESS_HISTORY), default=0)
    """Past broadcasts to be given, at most."""
