"""`streamd doctor`: looks whether everything that a daemon needs is as it should be."""

import argparse
import os
import resource
import shutil
import socket
import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal
from urllib.parse import urlsplit

from streamd.cli.configuration import add_config, add_flags, configuration
from streamd.cli.daemon_flags import add_daemon_flags

if TYPE_CHECKING:
    from streamd.config import Config

HELP: Final = "look whether everything is as it should be"

Health = Literal["ok", "note", "bad"]
Observation = tuple[Health, str, str]
"""How it is, what, and in which way."""

_LEAST_FREE_BYTES: Final = 1 << 30
_RELEASED_AT: Final = 1_790_000_000
"""Unix seconds of some day before this version: a clock behind it is wrong."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the configuration and the daemon's address."""
    add_config(parser)
    add_flags(parser, "--db")
    add_daemon_flags(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print what was looked at; returns 1 when something is bad."""
    from streamd.errors import ConfigurationError

    status = 0
    try:
        config = configuration(arguments)
        observations = _observations(config, arguments)
    except ConfigurationError as error:
        observations = iter([("bad", "configuration", mistake.text) for mistake in error.mistakes])
    for state, what, how in observations:
        print(f"{state:<5} {what:<14} {how}")
        status = max(status, int(state == "bad"))
    return status


def _observations(config: "Config", arguments: argparse.Namespace) -> Iterator[Observation]:
    yield "ok", "configuration", str(config.source or "defaults")
    yield from _program()
    yield from _limits(config)
    yield from _store(config)
    yield from _declarations(config)
    yield from _model(config)
    yield from _daemon(arguments)


def _program() -> Iterator[Observation]:
    version = ".".join(map(str, sys.version_info[:3]))
    yield "ok", "python", f"{version}, SQLite {sqlite3.sqlite_version}"
    behind = time.time() < _RELEASED_AT
    yield (
        ("bad" if behind else "ok"),
        "clock",
        time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime())
        + (": it is wrong; set it, or times in events and expiries are" if behind else ""),
    )


def _limits(config: "Config") -> Iterator[Observation]:
    wanted = config.ws.max_connections + 200
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most != resource.RLIM_INFINITY and most < wanted:
        yield (
            "bad",
            "open files",
            f"{most} are allowed; ws.max_connections needs {wanted}: raise LimitNOFILE or lower it",
        )
    else:
        yield "ok", "open files", f"{'any number' if most == resource.RLIM_INFINITY else most} allowed"


def _store(config: "Config") -> Iterator[Observation]:
    path = config.store.path
    if path == ":memory:":
        yield "note", "store", "in memory: nothing outlives the daemon"
        return
    place = Path(path).absolute()
    if not place.parent.is_dir() or not os.access(place.parent, os.W_OK):
        yield "bad", "store", f"{place.parent} is no directory that you may write into"
        return
    free = shutil.disk_usage(place.parent).free
    yield (
        ("ok" if free >= _LEAST_FREE_BYTES else "bad"),
        "disk",
        f"{free // 1_000_000} MB free in {place.parent}",
    )
    if not place.exists():
        yield "ok", "store", f"{path}: not there yet; the daemon makes it"
        return
    try:
        with closing(sqlite3.connect(place, timeout=10)) as database:
            database.execute("PRAGMA query_only = ON")
            (found,) = database.execute("PRAGMA quick_check(1)").fetchone()
            (schema,) = database.execute("PRAGMA user_version").fetchone()
    except sqlite3.Error as error:
        yield "bad", "store", f"{path}: {error}; restore a backup"
        return
    told = f"{path}: {place.stat().st_size // 1_000_000} MB, schema {schema}"
    yield (
        ("ok", "store", told)
        if found == "ok"
        else ("bad", "store", f"{told}, damaged ({found}); restore a backup")
    )
    mode = place.stat().st_mode & 0o077
    if mode:
        yield "note", "store", f"others may read {path}; chmod 600 it"


def _declarations(config: "Config") -> Iterator[Observation]:
    from streamd.errors import StoreError
    from streamd.parts import declared_types, stored_misfits

    misfits: list[str] = []
    with suppress(StoreError):
        misfits = [one.text for one in stored_misfits(config, declared_types(config))]
    for text in misfits:
        yield "note", "items", f"{text}; `streamd migrate-items` mends what can be read as declared"
    if not misfits:
        yield "ok", "items", "all fit their declarations"


def _model(config: "Config") -> Iterator[Observation]:
    from streamd.errors import ConfigurationError
    from streamd.models.opening import check_provider

    try:
        check_provider(config)
    except ConfigurationError as error:
        for mistake in error.mistakes:
            yield "bad", "model", mistake.text
        return
    options = config.models
    if options.provider == "offline" or (options.provider == "auto" and not options.api_key):
        yield "note", "model", "offline: requests are understood by rules"
    elif options.provider == "openai":
        yield _reached(config.openai.base_url or "https://api.openai.com", options.model)
    elif options.provider in ("auto", "anthropic"):
        yield _reached(options.base_url or "https://api.anthropic.com", options.model)
    else:
        yield "ok", "model", f"{options.model} of {options.provider}"


def _reached(url: str, model: str) -> Observation:
    """Whether somebody listens at the address of a model's service. The key is not tried."""
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    try:
        socket.create_connection((host, port), timeout=5).close()
    except OSError as error:
        return (
            "bad",
            "model",
            f"{model}: {host}:{port} cannot be reached ({error}); look at the network and at the base_url",
        )
    return "ok", "model", f"{model}: {host}:{port} can be reached"


def _daemon(arguments: argparse.Namespace) -> Iterator[Observation]:
    from streamd.cli.daemon_client import UnreachableError, connected_client

    try:
        with connected_client(arguments) as client:
            yield "ok", "daemon", f"answers at {arguments.url}, workspace {client.workspace}"
    except UnreachableError as error:
        yield "note", "daemon", error.message
