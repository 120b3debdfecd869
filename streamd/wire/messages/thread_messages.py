"""Messages about threads, and answers to the questions that wait there."""

from collections.abc import Mapping
from typing import ClassVar, Final, Literal, get_args

from streamd.core.thread import (
    DECISIONS,
    MAX_TITLE_CHARS,
    CheckpointId,
    InterruptAnswer,
    InterruptDecision,
    InterruptId,
)
from streamd.errors import InvalidMessageError
from streamd.wire.messages import _readers as read
from streamd.wire.messages._key_schemas import accepts, either, needs, schema_of
from streamd.wire.messages._shapes import Shape, optional
from streamd.wire.messages.client_message import ClientMessage, from_key, from_keys, message

MAX_LIMIT: Final = 1000
DEFAULT_LIMIT: Final = 20
"""Checkpoints or memories, where the message does not say how many."""
MAX_STATE_BYTES: Final = 1_000_000

ThreadAction = Literal["state", "history", "update", "rewind", "fork", "rename", "delete"]
THREAD_ACTIONS: Final[tuple[ThreadAction, ...]] = get_args(ThreadAction)


@accepts(schema_of(read.required_name))
def _interrupt_id(value: object, key: str) -> InterruptId:
    return InterruptId(read.required_name(value, key))


@accepts(either("decision", "approved"))
def _answer(
    decision: InterruptDecision | None, approved: bool | None, value: object, modified_args: object
) -> InterruptAnswer:
    # nothing modified is no edit
    modified = modified_args or None
    if decision is None:
        if approved is None:
            raise InvalidMessageError(f"decision is required: one of {', '.join(DECISIONS)}", path="decision")
        decision = "reject" if not approved else "approve" if modified is None else "edit"
    elif approved is not None and approved == (decision == "reject"):
        raise InvalidMessageError("decision and approved differ; give one of them", path="decision")
    if value is None and decision == "edit":
        value = modified
        if value is None:
            raise InvalidMessageError("value is required with edit: what to go on with", path="value")
    return InterruptAnswer(decision, value)


@message("respond")
class RespondMessage(ClientMessage):
    """`respond`: answers a question of a run."""

    interrupt_id: InterruptId = from_key(_interrupt_id)
    answer: InterruptAnswer = from_keys(
        Shape(
            _answer,
            decision=optional(read.choice(DECISIONS)),
            approved=optional(read.flag),
            value=optional(read.json_value(most_bytes=MAX_STATE_BYTES)),
            modified_args=optional(read.json_value(most_bytes=MAX_STATE_BYTES)),
        )
    )
    """By `decision` and `value`, or as older clients send it by `approved` and `modified_args`."""
    user_id: str | None = from_key(read.name, default=None)


@message("list_interrupts")
class ListInterruptsMessage(ClientMessage):
    """`list_interrupts`: asks for the questions that wait for a person (in a thread)."""

    thread_id: str | None = from_key(read.name, default=None)


def _new_values(action: ThreadAction, values: Mapping[str, object] | None) -> Mapping[str, object] | None:
    if action != "update":
        return None
    if values is None:
        raise InvalidMessageError(
            "values is required with update: an object of names and what they are now", path="values"
        )
    read.check_size(values, "values", MAX_STATE_BYTES)
    return values


@message("thread")
class ThreadMessage(ClientMessage):
    """`thread`: asks for the state or the history of a thread, changes its state, forks, renames or deletes it."""

    rule: ClassVar = {
        "allOf": [
            needs("action", "update", "values"),
            needs("action", "rewind", "checkpoint_id"),
            needs("action", "rename", "title"),
        ]
    }

    thread_id: str = from_key(read.required_name)
    action: ThreadAction = from_key(read.choice(THREAD_ACTIONS), default="state")
    values: Mapping[str, object] | None = from_keys(
        Shape(
            _new_values,
            action=optional(read.choice(THREAD_ACTIONS), "state"),
            values=optional(read.facts),
        ),
        default=None,
    )
    """What to change in the state: there with `update`, and only there."""
    as_node: str | None = from_key(read.name, default=None)
    """`update`: as if this node had just been done."""
    checkpoint_id: CheckpointId | None = from_key(read.name_of(CheckpointId), default=None)
    """`state`: as it was there. Always there with `rewind`. `fork`: from there; None: from the newest checkpoint."""
    to_thread_id: str | None = from_key(read.name, default=None)
    """`fork`: the new thread; None: the daemon names it."""
    title: str | None = from_key(read.short_text(MAX_TITLE_CHARS), default=None)
    """Always there with `rename`."""
    limit: int = from_key(read.whole(least=1, most=MAX_LIMIT), default=DEFAULT_LIMIT)
    """`history`: checkpoints at most."""
    before: CheckpointId | None = from_key(read.name_of(CheckpointId), default=None)
    """`history`: only older ones."""

    def __attrs_post_init__(self) -> None:
        """Refuse to rewind to nowhere, and to rename to nothing."""
        if self.action == "rewind" and self.checkpoint_id is None:
            raise InvalidMessageError(
                "checkpoint_id is required with rewind; the action history tells which there are",
                path="checkpoint_id",
            )
        if self.action == "rename" and self.title is None:
            raise InvalidMessageError("title is required with rename: what to call it", path="title")
