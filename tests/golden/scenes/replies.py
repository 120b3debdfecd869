"""What the language model of the scenes says: to each request what is meant for it, known by words that are in it."""

from typing import Final

import attrs
import orjson

from tests.support.messages_api import Request, default_reply
from tests.support.model_replies import Reply, said, structured

IS_ABOUT: Final = "primary_intent"
"""What is in the schema of a request to say what somebody's request is about."""


def goes_on(request: Request) -> Reply:
    """For runs that go on after the daemon died: a request is general, and everything is done."""
    if request.schema is None:
        return said("All is ", "done.")
    if IS_ABOUT in request.schema["properties"]:
        return structured({IS_ABOUT: "general", "confidence": 0.9, "steps": []})
    return default_reply(request)


@attrs.define
class Script:
    """Replies for requests in which all of some words are; each is given once, the first that fits."""

    lines: list[tuple[tuple[str, ...], Reply]] = attrs.field(factory=list)
    intents: dict[str, Reply] = attrs.field(factory=dict)
    """What a request with these words is about, when it is not just general."""

    def says(self, reply: Reply, *words: str) -> Reply:
        """Add a line."""
        self.lines.append((words, reply))
        return reply

    def answer(self, request: Request) -> Reply:
        """The reply to a request."""
        body = orjson.dumps(request.body).decode()
        if request.schema is not None:
            fitting = [words for words in self.intents if words in body]
            return self.intents.pop(fitting[0]) if fitting and IS_ABOUT in body else goes_on(request)
        for line in self.lines:
            words, reply = line
            if all(word in body for word in words):
                self.lines.remove(line)
                return reply
        return goes_on(request)
