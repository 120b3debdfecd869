"""Common parts of all language models' streams: characters in halves, JSON in pieces, and how one is continued."""

from typing import Final

from streamd.core.json.characters import NO_UNICODE, whole_mapping
from streamd.facts import define
from streamd.ports.model import ToolUseProgress
from streamd.text.json_text import decode_json

CHARS_PER_TOKEN: Final = 4
"""Characters of a token of English text, approximately."""
CHARS_BETWEEN_ESTIMATES: Final = 256
"""Characters of an answer between two estimates of its usage."""

KEPT_THOUGHTS: Final = "chat_reasoning"
"""Type of an opaque block with thoughts that a chat-completions server may read again; no other vendor knows it."""

CONTINUE: Final = (
    "Your previous response was interrupted and ended with the text between the two lines of dashes. The reader has "
    "seen all of it. Continue exactly where it ends, in the middle of a word if that is where it ends: do not repeat "
    "any of it, do not apologise, and do not mention the interruption.\n\n----------\n{shown}\n----------"
)


@define
class CharacterHalves:
    """Joins surrogates across the deltas of one text: JSON may escape a character as two halves."""

    _high: str = ""
    """First half of a character whose second half is in the next delta."""

    def complete(self, text: str) -> str:
        """Return the next part with its characters whole; a half at its end waits for the next one."""
        if not self._high and text.isprintable():  # no surrogate is printable
            return text
        text = self._high + text
        self._high = text[-1] if text and "\ud800" <= text[-1] <= "\udbff" else ""
        text = text[: len(text) - len(self._high)]
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


@define
class CallSize:
    """The size of a tool call: told after the first kilobyte, and then whenever it has doubled."""

    size_bytes: int = 0
    _next_told: int = 1024

    def add(self, tool: str, arguments: str) -> tuple[ToolUseProgress, ...]:
        """Count a part of a call's arguments; of what is no call, without the name of a tool, nothing is told."""
        self.size_bytes += len(arguments.encode("utf-8", "surrogatepass"))
        if not tool or self.size_bytes < self._next_told:
            return ()
        while self._next_told <= self.size_bytes:
            self._next_told *= 2
        return (ToolUseProgress(tool, self.size_bytes),)


def json_object(text: str) -> dict[str, object] | None:
    """Read a JSON object as a model writes a tool's input; None when it is none."""
    try:
        data, faults = decode_json(text)
    except ValueError:
        return None
    if not isinstance(data, dict) or any(NO_UNICODE not in fault.why for fault in faults):
        return None
    return whole_mapping(data) if faults else data
