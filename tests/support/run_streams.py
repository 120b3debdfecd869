"""What stands on the stream of a run in a daemon's database, beside what its clients heard of it."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from streamd.core.brackets import BRACKET_TYPES
from streamd.core.item import Seq
from streamd.engine.journal.cached_entry import CachedEntry
from tests.support.daemon import Daemon, Message
from tests.support.dialect import check_brackets, check_from_everywhere

_ENTRIES = """SELECT seq, CAST(body AS BLOB), event_type, item_type FROM entries
WHERE stream_id = (SELECT id FROM streams WHERE name LIKE ?) ORDER BY seq"""
_PLACES = 40
"""From so many places a long stream is looked at."""


def stream_of(database: Path, run_id: str) -> list[CachedEntry]:
    """All of it, brackets too."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as disk:
        rows = disk.execute(_ENTRIES, (f"ws/%/run/{run_id}",)).fetchall()
    return [CachedEntry(Seq(seq), body, event_type, step) for seq, body, event_type, step in rows]


def check_stream(daemon: Daemon, told: Sequence[Message]) -> None:
    """A run that has ended: nothing of it was lost or heard twice, and its brackets hold from wherever one looks."""
    entries = stream_of(daemon.directory / "streamd.db", told[0]["run_id"])
    check_brackets(entries)
    check_from_everywhere(entries, every=len(entries) // _PLACES + 1)
    assert [entry.seq for entry in entries] == list(range(1, len(entries) + 1))
    native = [entry.seq for entry in entries if entry.event_type not in BRACKET_TYPES]
    assert [message["run_seq"] for message in told] == native
