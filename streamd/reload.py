"""SIGHUP: reads the configuration again; what may change while the daemon runs changes, the rest is named and waits."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from typing import Final

import attrs
import structlog

from streamd import logs
from streamd.config import Config
from streamd.edge.origins import Origins
from streamd.errors import ConfigurationError
from streamd.facts import define

log = structlog.get_logger(__name__)

_AT_ONCE: Final = frozenset({"log.level", "log.format", "ws.allowed_origins"})
"""Options that take effect at once; all others are taken at the next start."""
_NO_OPTIONS: Final = frozenset({"source", "origins"})


@define
class LiveConfig:
    """The configuration that holds, and where to read it again."""

    config: Config
    load: Callable[[], Config]
    """Reads it again. Raises ConfigurationError."""
    origins: Origins

    async def reload(self) -> None:
        """Read it again. A configuration with mistakes changes nothing; the log says where they are."""
        try:
            new = await asyncio.to_thread(self.load)
        except ConfigurationError as error:
            for mistake in error.mistakes:
                log.error("configuration_kept", mistake=mistake.text)  # noqa: TRY400 - the operator's mistake, not ours
            return
        changed = sorted(_changed(self.config, new))
        logs.set_up(new.log.level, new.log.format)
        self.origins.allowed = new.ws.allowed_origins
        log.info("configuration_reloaded", changed=[path for path in changed if path in _AT_ONCE])
        if waiting := [path for path in changed if path not in _AT_ONCE]:
            log.warning("restart_needed", changed=waiting)
        self.config = attrs.evolve(
            self.config,
            log=new.log,
            ws=attrs.evolve(self.config.ws, allowed_origins=new.ws.allowed_origins),
        )


def _changed(old: Config, new: Config) -> Iterator[str]:
    """Paths of the options and tables whose values differ, such as `ws.port` and `item_types.inventory`."""
    for field in attrs.fields(Config):
        before, after = getattr(old, field.name), getattr(new, field.name)
        if field.name in _NO_OPTIONS or before == after:
            continue
        if isinstance(before, Mapping):
            for name in before.keys() | after.keys():
                if before.get(name) != after.get(name):
                    yield f"{field.name}.{name}"
        else:
            for option in attrs.fields(type(before)):
                if getattr(before, option.name) != getattr(after, option.name):
                    yield f"{field.name}.{option.name}"
