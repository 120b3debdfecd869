"""Flags that set options, and the configuration that a command runs with."""

import argparse
import os
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
"""Flags that set an option: its path, what stands for the value in the help, the help."""


def add_config(parser: argparse.ArgumentParser) -> None:
    """Declare `--config`."""
    parser.add_argument(
        "--config",
        metavar="FILE",
        type=Path,
        help="read this file; without it, ./config.toml or /etc/streamd/config.toml if there is one",
    )


def add_flags(parser: argparse.ArgumentParser, *names: str) -> None:
    """Declare flags of FLAGS; all of them if none is named."""
    for name in names or FLAGS:
        _option, metavar, text = FLAGS[name]
        # Text, whatever the option is: the loader checks it together with everything else.
        parser.add_argument(name, metavar=metavar, help=text)


def configuration(arguments: argparse.Namespace) -> "Config":
    """Read the configuration that the arguments and the environment ask for.

    Raises:
        ConfigurationError: with every mistake, those in the item types too.

    """
    from streamd.config import Flag, load
    from streamd.core.declarations import item_types_from

    given = [
        Flag(name, option, text)
        for name, (option, _metavar, _help) in FLAGS.items()
        if (text := getattr(arguments, name.removeprefix("--").replace("-", "_"), None)) is not None
    ]
    return load(
        arguments.config,
        environ=os.environ,
        flags=given,
        checks=[lambda config: item_types_from(config.item_types)],
    )
