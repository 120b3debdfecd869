"""`streamd serve`: runs the daemon until a signal stops it."""

import argparse
import gc
from functools import partial
from typing import Final

from streamd.cli.configuration import add_config, add_flags, config_files, configuration, given_flags

HELP: Final = "run the daemon"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare `--config` and the flags that set options."""
    add_config(parser)
    add_flags(parser)
    parser.add_argument(
        "--reload",
        action="store_true",
        help="for development: restart when the configuration or an agent's file changes",
    )


def run(arguments: argparse.Namespace) -> int:
    """Load the configuration, configure the logs, and serve."""
    if arguments.reload:
        from streamd.cli.reloading import Reloader

        return Reloader(given_flags(arguments), config_files(arguments)).run()
    gc.disable()  # nothing of what is imported and opened becomes garbage; enabled when the daemon is ready
    config = configuration(arguments)
    from streamd import logs
    from streamd.app import run as serve

    logs.set_up(config.log.level, config.log.format)
    return serve(config, partial(configuration, arguments))
