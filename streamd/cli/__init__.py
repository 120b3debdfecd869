"""The `streamd` command. One module per command, with lazy imports, so that the command starts quickly."""

import argparse
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from importlib import import_module
from typing import Final, Protocol, cast

import streamd


class Command(Protocol):
    """Interface of a command's module."""

    HELP: str
    """One line for `streamd --help`."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare the command's flags and arguments."""

    def run(self, arguments: argparse.Namespace) -> int:
        """Run the command and return the exit status. A StreamdError is printed on stderr, with exit status 2."""


COMMANDS: Final[Mapping[str, str]] = {
    "serve": "serve",
    "say": "say",
    "tail": "tail",
    "items": "items",
    "history": "history",
    "undo": "undo",
    "threads": "threads",
    "runs": "runs",
    "interrupts": "interrupts",
    "import": "import_csv",
    "export": "export_csv",
    "forget": "forget",
    "forget-user": "forget_user",
    "token": "token",
    "backup": "backup",
    "restore": "restore",
    "doctor": "doctor",
    "check-config": "check_config",
    "migrate-items": "migrate_items",
}
"""The modules of the commands, by what one types."""


def command(name: str) -> Command:
    """Import the module of a command."""
    return cast("Command", import_module(f"streamd.cli.{COMMANDS[name]}"))


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command that the arguments name."""
    words = sys.argv[1:] if argv is None else argv
    arguments = _parser(words[:1] if words and words[0] in COMMANDS else COMMANDS).parse_args(words)
    from streamd.errors import ConfigurationError, ListenError, StoreError, StreamdError

    try:
        status = command(arguments.command).run(arguments)
        sys.stdout.flush()
    except ConfigurationError as error:
        _print_error("the configuration cannot be used")
        for mistake in error.mistakes:
            print(f"  {mistake.text}", file=sys.stderr)
    except (StoreError, ListenError) as error:
        # The cause may pass (a lock released, a disk repaired): with 1 a service manager tries again.
        _print_error(error.message)
        return 1
    except StreamdError as error:
        _print_error(error.message)
    except BrokenPipeError:
        # The reader of our output is gone; without this, the flush at exit would raise a second time.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        return 130
    else:
        return status
    return 2


def _parser(names: Iterable[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="streamd", description="A daemon on which people and agents work on the same live items."
    )
    parser.add_argument("--version", action="version", version=f"streamd {streamd.__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name in names:
        module = command(name)
        module.add_arguments(commands.add_parser(name, help=module.HELP, description=module.HELP))
    return parser


def _print_error(message: str) -> None:
    print(f"streamd: {message}", file=sys.stderr)
