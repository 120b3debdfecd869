"""Log events with fields on stderr, as lines for people or as JSON for machines.

`log.info("session_finished", connection=…, seconds=…)` logs one event; never a token, never the body of a message. Records
of the standard library's logging are formatted alike, from warnings upwards only: below that, `websockets` and
`aiosqlite` would print messages and the values of items.
"""

import json
import logging
import sys
from typing import Any, Final, Literal, TextIO

import orjson
import structlog
from structlog.typing import EventDict, FilteringBoundLogger, Processor, WrappedLogger

Level = Literal["debug", "info", "warning", "error"]
Format = Literal["auto", "console", "json"]

_HIDDEN: Final = frozenset(
    {
        "authorization",
        "cookie",
        "token",
        "ticket",
        "secret",
        "password",
        "api_key",
        "body",
        "payload",
        "user_input",
    }
)
"""Fields whose values are never logged, should somebody pass one by mistake."""


def set_up(level: Level = "info", format: Format = "auto", stream: TextIO | None = None) -> None:  # noqa: A002 - the option's name
    """Configure all logs to go to the stream; may be called again.

    Args:
        level: the least severe level that is logged.
        format: `auto` is `console` when the stream is a terminal and `json` otherwise.
        stream: the destination; None: standard error.

    """
    stream = stream or sys.stderr
    threshold = logging.getLevelNamesMapping()[level.upper()]
    if format == "auto":
        format = "console" if stream.isatty() else "json"  # noqa: A001
    structlog.configure(
        processors=[*_common(), *_rendering(format, stream)],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.WriteLoggerFactory(stream),
        # Loggers are created when modules are imported; without the cache they follow a later call of set_up.
        cache_logger_on_first_use=False,
    )
    libraries = logging.StreamHandler(stream)
    libraries.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *_common()],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *_rendering(format, stream),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [libraries]
    root.setLevel(max(threshold, logging.WARNING))


def named(room: str) -> FilteringBoundLogger:
    """Return a logger whose events carry `room`, the name of a part of the daemon."""
    logger: FilteringBoundLogger = structlog.get_logger(room=room)
    return logger


def _common() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _hide,
    ]


def _rendering(format: Literal["console", "json"], stream: TextIO) -> list[Processor]:  # noqa: A002
    if format == "console":
        # Plain tracebacks: prettier ones print local variables, and so the messages of clients.
        plain = structlog.dev.plain_traceback
        return [structlog.dev.ConsoleRenderer(colors=stream.isatty(), exception_formatter=plain)]
    return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(serializer=_json)]


def _hide(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    for field in _HIDDEN.intersection(event):
        event[field] = "(hidden)"
    return event


def _json(event: EventDict, **_options: Any) -> str:
    try:
        return orjson.dumps(event, default=str, option=orjson.OPT_NON_STR_KEYS).decode()
    except TypeError:
        # Integers beyond 64 bits or text that is not Unicode must not lose the event.
        return json.dumps({field: str(value) for field, value in event.items()})
