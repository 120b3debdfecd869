"""`streamd backup`: copies the database into a file, while it is served."""

import argparse
from pathlib import Path

from streamd.cli.configuration import add_config, add_flags, configuration

HELP = "copy the database into a file, beside the running daemon"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the file and the store."""
    parser.add_argument("file", metavar="FILE", type=Path, help="where to; it must not be there yet")
    add_config(parser)
    add_flags(parser, "--db")


def run(arguments: argparse.Namespace) -> int:
    """Make a backup and say what is in it. Raises StoreError."""
    from streamd.stores.backups import write_backup

    made = write_backup(configuration(arguments).store.path, arguments.file)
    count = len(made.positions)
    print(f"{arguments.file}: {made.size} bytes, {count} workspace{'' if count == 1 else 's'}, checked")
    return 0
