"""Whatever is sent, everything that answers it repeats its `request_id`, and nothing else."""

from pathlib import Path

from tests.support.daemon import Message, running
from tests.support.following import LAST
from tests.support.parse_cases import VALID


async def test_every_reply_to_every_message_repeats_its_request_id(tmp_path: Path) -> None:
    """One valid message of each shape, and a snapshot where the reply to it is one."""
    extra: list[Message] = [{"type": "hello", "snapshot": True}, {"type": "subscribe", "where": "low_stock"}]
    asked = [one for one in [*VALID, *extra] if one["type"] != "disconnect"]
    async with running(tmp_path) as daemon, daemon.client() as client:
        sent: set[object] = set()
        for number, message in enumerate(asked):
            request_id = f"asked {number}"
            sent.add(request_id)
            await client.send(**message, request_id=request_id)
            is_answered = False
            while not is_answered:
                heard = await client.next()
                if "event_type" not in heard and heard["type"] != "position":
                    assert heard.get("request_id") in sent, (message, heard)
                    is_answered = heard["request_id"] == request_id and _is_last(heard, message)


def _is_last(heard: Message, asked: Message) -> bool:
    if heard.get("more"):
        return False
    kind = str(heard["type"])
    if asked["type"] in ("user_request", "multi_agent_request", "respond"):
        return kind in LAST
    if asked["type"] in ("hello", "subscribe") and asked.get("snapshot"):
        return kind in ("snapshot", "error")
    return kind != "progress"
