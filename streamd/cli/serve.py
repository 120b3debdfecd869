"""`streamd serve`: run the daemon until a signal ends it."""

import argparse
from typing import Final

from streamd.cli.configuration import add_config, add_flags, configuration

HELP: Final = "run the daemon"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the file and the flags that set options."""
    add_config(parser)
    add_flags(parser)


def run(arguments: argparse.Namespace) -> int:
    """Read the configuration, set up the logs, and serve."""
    config = configuration(arguments)
    from streamd import logs
    from streamd.app import run as serve

    logs.set_up(config.log.level, config.log.format)
    return serve(config)
