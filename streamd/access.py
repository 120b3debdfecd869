"""Access: who holds which token, while the daemon runs.

Keys are looked at where they are stored once a second: whoever connects with one that was revoked or expired is refused,
and whoever is connected with one is told within that second.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import Final

import attrs
import structlog

from streamd.core.access.access_keys import AccessKey, parts_of, unknown_token
from streamd.core.principal import ANONYMOUS_PRINCIPAL, Principal
from streamd.errors import StoreError, UnauthorizedError
from streamd.facts import define, frozen
from streamd.ports.access_keys import AccessKeys, NoAccessKeys
from streamd.ports.clock import Clock

log = structlog.get_logger(__name__)

_LOOK_SECONDS: Final = 1.0

Lost = Callable[[UnauthorizedError], None]
"""Called once, when a key opens nothing any more."""


@frozen
class Admission:
    """The principal that a token proves."""

    principal: Principal
    key_id: str | None
    """None: nobody is asked for a token."""


OPEN: Final = Admission(ANONYMOUS_PRINCIPAL, None)


@define(eq=False)
class Access:
    """Tells who holds a token. Without `required` nobody is asked for one, and tokens are not looked at."""

    required: bool
    clock: Clock
    stored: AccessKeys = attrs.field(factory=NoAccessKeys)
    _keys: Mapping[str, AccessKey] = attrs.field(factory=dict)
    _change: int = -1
    _holders: dict[str, dict[object, Lost]] = attrs.field(factory=dict)
    """What to call of each key."""

    def admit(self, token: str | None) -> Admission:
        """Tell what a token opens. Raises UnauthorizedError; `reason` is missing, invalid, expired or revoked."""
        if not self.required:
            return OPEN
        if not token:
            raise UnauthorizedError(
                "this daemon wants a token: Authorization: Bearer TOKEN, the subprotocol bearer.TOKEN, "
                'or {"type":"hello","token":"TOKEN"} as the first message',
                reason="missing",
            )
        key_id, secret = parts_of(token)
        key = self._keys.get(key_id)
        if key is None or not key.is_of(secret):
            raise unknown_token()
        key.check(self.clock.now_ms())
        return Admission(key.principal, key.key_id)

    async def admit_newest(self, token: str | None) -> Admission:
        """Tell what a token opens, also one that was made a moment ago. Raises UnauthorizedError."""
        try:
            return self.admit(token)
        except UnauthorizedError as error:
            if error.details["reason"] != "invalid":
                raise
        try:
            await self.load()
        except StoreError as error:
            log.warning("access_keys_not_read", reason=error.message)
        return self.admit(token)

    def hold(self, admission: Admission, holder: object, lost: Lost) -> None:
        """Have `lost` called when the admission ends, unless it is released before."""
        if admission.key_id is not None:
            self._holders.setdefault(admission.key_id, {})[holder] = lost

    def release(self, admission: Admission, holder: object) -> None:
        """Forget who held an admission."""
        if admission.key_id is None:
            return
        holders = self._holders.get(admission.key_id, {})
        holders.pop(holder, None)
        if not holders:
            self._holders.pop(admission.key_id, None)

    async def load(self) -> None:
        """Read the keys, unless nothing changed. Raises StoreError."""
        change = await self.stored.change()
        if change != self._change:
            self._keys = {key.key_id: key for key in await self.stored.keys()}
            self._change = change

    async def watch(self) -> None:
        """Keep the keys up to date, and tell those that hold one that opens nothing any more. Runs until it is cancelled."""
        while self.required:
            await asyncio.sleep(_LOOK_SECONDS)
            try:
                await self.load()
            except StoreError as error:
                log.warning("access_keys_not_read", reason=error.message)
            self._tell_losers()

    def _tell_losers(self) -> None:
        now = self.clock.now_ms()
        for key_id in list(self._holders):
            try:
                self._keys[key_id].check(now)
            except KeyError:
                lost = unknown_token()
            except UnauthorizedError as error:
                lost = error
            else:
                continue
            for call in self._holders.pop(key_id).values():
                call(lost)
