"""Keys of access: whose they are, what they open, and how a token proves that somebody has one.

A token is `streamd_<id>_<secret>`. The secret has 256 random bits, so its plain SHA-256 is kept instead of it.
"""

from collections.abc import Mapping
from hashlib import sha256
from hmac import compare_digest
from typing import Final, Literal, get_args

import attrs

from streamd.core.principal import RIGHTS, Principal, Right
from streamd.errors import UnauthorizedError
from streamd.facts import frozen

AccessRole = Literal["reader", "editor", "operator", "admin"]
RIGHTS_OF: Final[Mapping[AccessRole, frozenset[Right]]] = {
    "reader": frozenset({"read"}),
    "editor": frozenset({"read", "edit"}),
    "operator": frozenset({"read", "edit", "request", "respond"}),
    "admin": frozenset(RIGHTS),
}
"""The rights of each role; `streamd.core.principal` has what they open."""
ROLES: Final[tuple[AccessRole, ...]] = get_args(AccessRole)

KeyKind = Literal["user", "agent", "service"]
KEY_KINDS: Final[tuple[KeyKind, ...]] = get_args(KeyKind)

EVERYWHERE: Final = "*"
"""Stands for all workspaces where workspaces are named."""
_PREFIX: Final = "streamd_"
_WHAT_TO_DO: Final = "ask who runs the daemon for another one (streamd token create)"


@frozen
class AccessKey:
    """A key as it is stored."""

    key_id: str
    user_id: str
    """Recorded with everything that its holder does."""
    workspaces: frozenset[str] | None
    """None: all."""
    role: AccessRole
    kind: KeyKind
    digest: bytes = attrs.field(repr=False)
    """SHA-256 of the secret."""
    created_at: int
    """Unix milliseconds, as the others."""
    expires_at: int | None = None
    revoked_at: int | None = None

    @property
    def principal(self) -> Principal:
        """The principal that its holder is."""
        return Principal(
            self.user_id, authenticated=True, workspaces=self.workspaces, rights=RIGHTS_OF[self.role]
        )

    def check(self, now_ms: int) -> None:
        """Raise UnauthorizedError where it opens nothing any more."""
        if self.revoked_at is not None:
            raise UnauthorizedError(f"the token was revoked; {_WHAT_TO_DO}", reason="revoked")
        if self.expires_at is not None and self.expires_at <= now_ms:
            raise UnauthorizedError(f"the token expired; {_WHAT_TO_DO}", reason="expired")

    def is_of(self, secret: str) -> bool:
        """Whether this is its secret. Takes as long for any that is not."""
        return compare_digest(self.digest, digest_of(secret))


def digest_of(secret: str) -> bytes:
    """The digest of a secret, as it is stored."""
    return sha256(secret.encode()).digest()


def token_of(key_id: str, secret: str) -> str:
    """The token of a key; told once, to who makes it."""
    return f"{_PREFIX}{key_id}_{secret}"


def parts_of(token: str) -> tuple[str, str]:
    """The id and the secret in a token. Raises UnauthorizedError for a text of another form."""
    key_id, _, secret = token.removeprefix(_PREFIX).partition("_")
    if not token.startswith(_PREFIX) or not key_id or not secret or not token.isascii():
        raise unknown_token()
    return key_id, secret


def unknown_token() -> UnauthorizedError:
    """The refusal of a token that is nobody's, whatever is wrong with it."""
    return UnauthorizedError(f"the token is not valid; {_WHAT_TO_DO}", reason="invalid")
