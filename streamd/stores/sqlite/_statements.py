"""Loads SQL by name: each `.sql` file of this package, split at its `-- name:` lines."""

import re
from collections.abc import Mapping
from importlib.resources import files
from typing import Final

_NAME: Final = re.compile(r"^-- name: *(\w+) *$", re.MULTILINE)


def statements(file_name: str) -> Mapping[str, str]:
    """Load the statements of a file. Text above the first name is ignored."""
    text = (files(__package__) / file_name).read_text(encoding="utf-8")
    _, *named = _NAME.split(text)
    names, bodies = named[::2], named[1::2]
    if len(set(names)) < len(names):
        raise ValueError(f"{file_name} names a statement twice")
    return {name: body.strip() for name, body in zip(names, bodies, strict=True)}


CHECKPOINTS: Final = statements("checkpoints.sql")
COMMIT: Final = statements("commits.sql")
MEMORIES: Final = statements("memories.sql")
READS: Final = statements("reads.sql")
LISTS: Final = statements("run_lists.sql")
REMOVALS: Final = statements("removals.sql")
USAGE: Final = statements("usage.sql")
WORDS: Final = statements("item_words.sql")
