"""Error codes and close codes, for programs. A code never changes its meaning; texts may."""

from collections.abc import Mapping
from enum import IntEnum
from typing import Final, Self

import orjson

ERROR_CODES: Final[Mapping[str, str]] = {
    "invalid_json": "The message is not JSON, or not one JSON object.",
    "unknown_type": "There is no message of this `type`.",
    "invalid_message": "A field is missing or breaks a rule; `path` says which one.",
    "too_large": "More than a limit allows; ask for less at once. Where an item or a list in it would grow too large, `path` "
    "says what grows, `size` how large it would be, `limit` how large it may be.",
    "unauthorized": "It is not known who you are; send a token.",
    "forbidden": "You may not do this.",
    "not_found": "There is no such item, run, thread, checkpoint, question, agent, type or criterion.",
    "gone": "What you name is not there any more; of an item that was removed, `version` is the position of its removal.",
    "exists": "Something with this id is there already, so choose another; of an item, `version` is its version.",
    "conflict": "Somebody changed it since the `base` you gave, or since what you want undone; the current values come "
    "with the error. Or of a thread: while your change was on its way, so send it again.",
    "referenced": "Other items refer to it, `referred_by` names some and `count` says how many; `on_remove` is `ask` where a "
    "removal with `clear_references` clears their references, `refuse` where those have to be changed first, as always for a new `type`.",
    "op_id_reused": "This `op_id` was used for another message; nothing changed. Choose another one.",
    "expired": "The question was open for too long to be answered now; ask anew for what it was about.",
    "answered": "The question was answered otherwise, and that stands; `decision` says how, `by` who said so.",
    "damaged": "What is stored of it cannot be read; a damaged item can be removed, nothing else. The log tells the "
    "operator more.",
    "refused": "The rules do not allow it; nothing changed.",
    "rate_limited": "More often than you may, `limit` says by which option; wait `retry_after_ms`.",
    "busy": "There is no room for it just now, or its thread is busy with the run `run_id`; try again.",
    "draining": "The daemon is stopping; connect again in a moment.",
    "unavailable": "The journal cannot be written just now; what you asked for is not done. Try again.",
    "run_failed": "The run ended badly; what it had changed until then stays.",
    "model_failed": "The language model could not answer; `kind` says how it failed, `partial` what it had said. "
    "What the run had changed stays; ask again later.",
    "budget_exceeded": "The run used more tokens or money than it may; what it had changed until then stays. "
    "Ask for less at once, or allow more in `options.budget`.",
    "budget_spent": "What language models may use for you, or for the workspace, in a day or a month is used up: `of` and `per` say which, "
    "`used` and `limit` how much in `unit`. Wait `retry_after_ms`, or have it raised; what the run had changed stays.",
    "timed_out": "The run took longer than it may; what it had changed until then stays.",
    "trigger_chain": "Runs of triggers led to each other until there were too many in a chain; this one did not begin.",
    "abandoned": "The daemon stopped in the middle of the run, and the run cannot be resumed; what it had changed until "
    "then stays. Ask again.",
    "store": "The journal cannot be read just now; try again in a moment.",
    "internal": "A mistake in the daemon; its log tells the operator more.",
}
"""Every `code` that an `error` may carry, and what it means."""


class CloseCode(IntEnum):
    """The reasons for closing a connection. Private codes carry a verdict: from 4000 come back, from 4500 stay away."""

    reason: str
    """For people, and short enough for a close frame."""

    def __new__(cls, value: int, reason: str) -> Self:
        """Make a number with its reason."""
        code = int.__new__(cls, value)
        code._value_ = value
        code.reason = reason
        return code

    NORMAL = 1000, "done"
    GOING_AWAY = 1001, "the daemon goes away"
    PROTOCOL_ERROR = 1002, "a frame breaks a rule of WebSocket"
    INVALID_DATA = 1007, "a text frame is not UTF-8"
    POLICY = 1008, "too many messages that are not of the protocol"
    TOO_BIG = 1009, "a message is larger than the daemon takes"
    INTERNAL = 1011, "a mistake in the daemon"
    RESTART = 1012, "the daemon restarts"
    TRY_LATER = 1013, "the daemon is overloaded"
    TOKEN_EXPIRED = 4005, "the token expired; come back with a new one"
    NO_PROGRESS = 4008, "nothing was read for too long; come back and resume"
    POSITION_LOST = 4010, "the position is lost; come back for a snapshot"
    NO_HEARTBEAT = 4012, "nothing was heard for too long; come back and resume"
    RATE_LIMITED = 4013, "too much in too short a time; come back later"
    PERMISSIONS_CHANGED = 4014, "permissions changed; come back"
    BAD_TOKEN = 4500, "the token is not valid"
    BAD_PROTOCOL = 4501, "this is not the protocol that is spoken here"
    TOO_MANY_CONNECTIONS = 4504, "too many connections"
    FORBIDDEN = 4507, "not allowed here"

    @property
    def comes_back(self) -> bool:
        """Whether a client should reconnect by itself."""
        return 4000 <= self < 4500 or self in _STANDARD_THAT_COME_BACK


_STANDARD_THAT_COME_BACK: Final = frozenset(
    {CloseCode.GOING_AWAY, CloseCode.INTERNAL, CloseCode.RESTART, CloseCode.TRY_LATER}
)


def restart_reason(retry_min_ms: int, retry_max_ms: int) -> str:
    """Encode the reason of RESTART: each client reconnects at a random moment between the two."""
    return orjson.dumps({"retry_ms": [retry_min_ms, retry_max_ms]}).decode()
