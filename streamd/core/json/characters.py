"""Characters that names and texts may have: no control characters, no halves of surrogate pairs, and UTF-8 in addresses."""

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import unquote_to_bytes

NO_UNICODE: Final = "has half of a surrogate pair, which is no character"

_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


def has_control_characters(text: str, *, besides: str = "") -> bool:
    """Whether a text has a control character (Unicode's category Cc), `besides` these, or half of a surrogate pair."""
    if text.isprintable():
        return False
    return any(found[0] not in besides for found in _CONTROL.finditer(text))


def has_surrogates(text: str) -> bool:
    """Whether a text has half of a surrogate pair, which UTF-8 cannot encode."""
    return not text.isascii() and _SURROGATE.search(text) is not None


def is_percent_encoded_text(address: str | bytes) -> bool:
    """Whether the bytes that the percent signs of an address stand for are UTF-8, so that no two names are read as one."""
    try:
        unquote_to_bytes(address).decode()
    except UnicodeDecodeError:
        return False
    return True


def without_surrogates(text: str) -> str:
    """Return the text with its characters whole: halves that belong together joined, and U+FFFD for one left alone."""
    if not has_surrogates(text):
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def whole_mapping(value: Mapping[str, object]) -> dict[str, object]:
    """Return a JSON object with the characters of all its texts and names whole."""
    return {without_surrogates(name): _whole(member) for name, member in value.items()}


def _whole(value: object) -> object:
    match value:
        case str():
            return without_surrogates(value)
        case list() | tuple():
            return [_whole(member) for member in value]
        case Mapping():
            return whole_mapping({str(name): member for name, member in value.items()})
        case _:
            return value


def why_refused(text: object, most: int, *, besides: str = "") -> str:
    """Say why a text is refused that may have `most` characters, none of them a control character, and what to do.

    It follows the rule that the text broke, and is empty where the rule says all: of no text, or an empty one.
    """
    if not isinstance(text, str) or not text:
        return ""
    if len(text) > most:
        return "; shorten it"
    found = next((one for one in _CONTROL.finditer(text) if one[0] not in besides), None)
    return f"; leave out U+{ord(found[0]):04X} at position {found.start() + 1}" if found else ""
