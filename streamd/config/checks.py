"""Checks of single values of the right type: each returns an error text, or None."""

import ipaddress
import json
import re
from typing import Final

_ORIGIN: Final = re.compile(r"[a-z][a-z0-9+.-]*://(\[[0-9a-f:.]+\]|[^\s/:@?#\[\]]+)(:\d{1,5})?")
_ADDRESS: Final = re.compile(r"https?://[^\s/?#]+\S*")


def not_empty(text: str) -> str | None:
    """Reject text that is empty or only whitespace."""
    return None if text.strip() else "must not be empty"


def only_sqlite(url: str) -> str | None:
    """Reject every URL: this version stores everything in one SQLite file."""
    return "this version keeps everything in the SQLite file of store.path; leave it empty" if url else None


def known_time_zone(name: str) -> str | None:
    """Reject text that names no time zone; empty text means the machine's."""
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        if name:
            ZoneInfo(name)
    except (ValueError, OSError, ZoneInfoNotFoundError):
        return "is no time zone that this machine knows; write it like Europe/Berlin or UTC"
    return None


def no_blanks(text: str) -> str | None:
    """Reject whitespace, a frequent accident when a key is pasted. Never repeats the text, which may be secret."""
    return "must not contain blanks or line ends" if any(char.isspace() for char in text) else None


def json_object(text: str) -> str | None:
    """Reject text that is no JSON object; empty text means none."""
    try:
        is_object = not text or isinstance(json.loads(text), dict)
    except ValueError:
        is_object = False
    return None if is_object else """must be a JSON object as text, like '{"top_k": 20}'"""


def http_address(url: str) -> str | None:
    """Reject text that is not an HTTP URL; empty text means that none is set."""
    return (
        None if not url or _ADDRESS.fullmatch(url) else "must begin with http:// or https:// and name a host"
    )


def origins(allowed: tuple[str, ...]) -> str | None:
    """Reject values that no browser sends as an Origin, such as a path or a final slash."""
    for origin in allowed:
        if origin != "*" and not _ORIGIN.fullmatch(origin):
            return f'"{origin}" is not an origin; write it like https://example.org or http://localhost:3000, or "*"'
    return None


def is_loopback(host: str) -> bool:
    """Whether an address can be reached from this machine only."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
