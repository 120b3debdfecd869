"""What the codec makes of a message."""

import orjson
import pytest

from streamd.errors import InvalidMessageError
from streamd.wire.codec import parse
from streamd.wire.messages.client_message import ClientMessage


def parsed(**keys: object) -> ClientMessage:
    return parse(orjson.dumps(keys))


def refused_path(**keys: object) -> str:
    """Where a refusal says that the fault is."""
    with pytest.raises(InvalidMessageError) as refusal:
        parsed(**keys)
    assert refusal.value.message
    return refusal.value.path
