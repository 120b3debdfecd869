"""Flags that set options, and the configuration of a command."""

import argparse
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from streamd.config import Config

FLAGS: Final = {
    "--host": ("ws.host", "HOST", "address to listen on"),
    "--port": ("ws.port", "PORT", "port to listen on; 0 takes any free one"),
    "--db": ("store.path", "PATH", "the SQLite file"),
    "--log-level": ("log.level", "LEVEL", "debug, info, warning or error"),
}
"""Flags that set an option: (path of the option, metavar, help)."""


def add_config(parser: argparse.ArgumentParser) -> None:
    """Declare `--config`."""
    parser.add_argument(
        "--config",
        metavar="FILE",
        type=Path,
        help="read this file; without it, ./config.toml or /etc/streamd/config.toml if there is one",
    )


def add_flags(parser: argparse.ArgumentParser, *names: str) -> None:
    """Declare the named flags of FLAGS, by default all of them."""
    for name in names or FLAGS:
        _option, metavar, text = FLAGS[name]
        # Text for every option: the loader parses it, so that its mistakes are reported with all others.
        parser.add_argument(name, metavar=metavar, help=text)


def configuration(arguments: argparse.Namespace, *checks: Callable[["Config"], object]) -> "Config":
    """Load the configuration from the arguments, the environment and a file, and make further checks of it.

    Args:
        arguments: the parsed arguments.
        checks: further checks; the mistakes that they raise are added.

    Raises:
        ConfigurationError: carries every mistake, including those in the item types and of the checks.

    """
    from streamd.config import Flag, load
    from streamd.core.declared.declarations import item_types_from

    flags = [Flag(name, FLAGS[name][0], text) for name, text in _given(arguments)]
    return load(
        arguments.config,
        environ=os.environ,
        flags=flags,
        checks=[lambda config: item_types_from(config.item_types), *checks],
    )


def given_flags(arguments: argparse.Namespace) -> list[str]:
    """Return `--config` and the flags of FLAGS as they were given, for another process."""
    config = [] if arguments.config is None else ["--config", str(arguments.config)]
    return [*config, *(part for given in _given(arguments) for part in given)]


def config_files(arguments: argparse.Namespace) -> list[Path]:
    """Return the files in which the configuration may be, there or not."""
    from streamd.config import SEARCHED

    return list(SEARCHED) if arguments.config is None else [arguments.config]


def _given(arguments: argparse.Namespace) -> list[tuple[str, str]]:
    values = ((name, getattr(arguments, name.removeprefix("--").replace("-", "_"), None)) for name in FLAGS)
    return [(name, text) for name, text in values if text is not None]
