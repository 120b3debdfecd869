"""The pages of browsers that may talk to the daemon: one rule for WebSocket handshakes and HTTP requests."""

from typing import Final
from urllib.parse import urlsplit

from streamd.facts import define

_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


@define
class Origins:
    """Checks where a request comes from, and under which name it reaches us."""

    allowed: tuple[str, ...]
    """Exact origins, or `*`; empty: pages of loopback, and of this host when it is public. May change at any time."""
    public: bool
    """Whether the listener's address is more than loopback. If not, a page whose `Host` is not loopback is foreign: its name
    was made to resolve to this machine (DNS rebinding)."""

    def admits(self, origin: str, host: str) -> bool:
        """Whether a page of this origin may talk to the daemon, which it calls `host`: browsers let any page try."""
        if self.allowed:
            return "*" in self.allowed or origin in self.allowed
        page = _parts(origin)
        if page is None:
            return False
        scheme, netloc, name = page
        return scheme in ("http", "https") and (name in _LOOPBACK or (self.public and netloc == host))

    def knows(self, host: str) -> bool:
        """Whether a request may call the daemon `host`: pages of a host need no `Origin` to read from it."""
        if self.public or "*" in self.allowed:
            return True
        named = _parts(f"http://{host}")
        if named is None:
            return False
        if named[2] in _LOOPBACK:
            return True
        pages = (_parts(origin) for origin in self.allowed)
        return any(page is not None and page[2] == named[2] for page in pages)


def _parts(url: str) -> tuple[str, str, str | None] | None:
    """Scheme, host with port, and host of a URL; None where it is none."""
    try:
        page = urlsplit(url)
        page.port  # noqa: B018 - raises ValueError when it is not a number
    except ValueError:
        return None
    return page.scheme, page.netloc, page.hostname
