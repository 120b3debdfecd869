"""`streamd restore`: puts a backup where the database would be."""

import argparse
from pathlib import Path

from streamd.cli.configuration import add_config, add_flags, configuration

HELP = "put a backup in place of a database that is not there"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the file and the store."""
    parser.add_argument("file", metavar="FILE", type=Path, help="a backup")
    add_config(parser)
    add_flags(parser, "--db")


def run(arguments: argparse.Namespace) -> int:
    """Restore, and say what was restored. Raises StoreError."""
    from streamd.stores.backups import restore_backup

    path = configuration(arguments).store.path
    manifest = restore_backup(arguments.file, path)
    of = "" if manifest is None else f" of {manifest.taken_at}"
    print(f"{path}: restored{of}; clients that come back get a snapshot, since a new epoch begins")
    return 0
