"""Writes the golden set of today's schema: `.venv/bin/python -m tests.golden.make [SCENE ...]`, in the root of a clone.

Each scene is played on a real daemon, which is then killed. What is left, folded into one file, is the golden database;
what the same code says of a copy of it is what later code has to say. A set is written once: where there is one already,
nothing is done. To add a scene to today's set, name it.
"""

import asyncio
import gzip
import sqlite3
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.golden.asking import without
from tests.golden.opening import SCENES, TODAY, opened, reopened, variables
from tests.golden.scenes.stage import Scene, Stage
from tests.golden.sets import DATABASE, HERE, goldens, mark_of, prepare, save
from tests.support.daemon import running
from tests.support.messages_api import MessagesApi


def folded(database: Path, stale: Collection[str]) -> int:
    """Make one file of what a killed daemon left; returns the version of its schema.

    A broken stream that was put aside may be gone on with for an hour. Here it may be for ever, or not at all where the
    run is named as stale: else what it becomes would be a matter of the time at which somebody looks.
    """
    connection = sqlite3.connect(database, isolation_level=None)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.execute("PRAGMA journal_mode = DELETE")
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    select = "SELECT run_id, step FROM stream_checkpoints"
    broken = connection.execute(select).fetchall() if version > 1 else []
    for run_id, step in broken:
        expires_ms = 1 if run_id in stale else 10**14
        connection.execute(
            "UPDATE stream_checkpoints SET expires_ms = :at, body = json_set(body, '$.expires_ms', :at)"
            " WHERE run_id = :run_id AND step = :step",
            {"at": expires_ms, "run_id": run_id, "step": step},
        )
    connection.execute("VACUUM")
    connection.close()
    return version


async def write(scene: Scene, directory: Path, code: Path | None) -> tuple[int, dict[str, Any]]:
    """Play a scene; the schema of the database that it leaves in the directory, and what is known of it."""
    database = directory / DATABASE
    # Earlier code does not know all of today's options.
    given = prepare(directory) if code is None else {"PYTHONPATH": str(code)}
    async with (
        MessagesApi() as api,
        running(directory, module="streamd", **given, **variables(scene, api)) as daemon,
    ):
        stage = Stage(daemon, api)
        await scene.play(stage)
        await daemon.kill()
    notes = stage.notes
    stale = {run_id for known in notes.values() if "stale" in known for run_id in known["runs"].values()}
    version = folded(database, stale)
    facts: dict[str, Any] = {"notes": notes}
    if mark_of(database).exists():
        facts["served"] = mark_of(database).read_text()
    if scene.found is not None:
        async with opened(scene, database, notes) as stage:
            facts["found"] = await scene.found(stage)
        check_heard(notes, facts["found"])
    if scene.after is not None:
        async with opened(scene, database, notes) as stage:
            facts["after"] = await scene.after(stage)
    return version, facts


def check_heard(notes: Mapping[str, Any], found: Mapping[str, Any]) -> None:
    """What was heard live is what was found; so it need not be kept twice."""
    for workspace, known in notes.items():
        for name, heard in known.pop("heard").items():
            told = [without(message, "replayed") for message in found[workspace]["runs"][name]["told"]]
            assert told == heard, (workspace, name)


async def make(names: Sequence[str], code: Path | None) -> None:
    """Write these scenes into the set of the schema that they turn out to have."""
    for name in names:
        with TemporaryDirectory() as temporary:
            directory = Path(temporary)
            version, facts = await write(SCENES[name], directory, code)
            target = HERE / f"schema-{version}"
            target.mkdir(exist_ok=True)
            packed = target / f"{name}.db.gz"
            if packed.exists():
                print(f"{packed} is there already and stays as it is")  # noqa: T201 - it is a command
                continue
            packed.write_bytes(gzip.compress((directory / DATABASE).read_bytes(), mtime=0))
            save(target / f"{name}.json.gz", facts)
            print(f"{packed}: {packed.stat().st_size} bytes")  # noqa: T201 - it is a command


async def go_on_anew() -> None:
    """Record what today's code makes of what is open in each database."""
    for golden in goldens(*SCENES):
        asked = SCENES[golden.scene].after
        if asked is not None:
            with TemporaryDirectory() as temporary:
                async with reopened(golden, Path(temporary)) as stage:
                    after = await asked(stage)
            save(HERE / golden.schema / f"{golden.scene}.json.gz", {**golden.facts, "after": after})


if __name__ == "__main__":
    parser = ArgumentParser(description=__doc__, formatter_class=RawDescriptionHelpFormatter)
    parser.add_argument("scene", nargs="*", default=list(TODAY), help="all of today's unless some are named")
    parser.add_argument("--code", type=Path, help="where the code is that writes, if it is not today's")
    parser.add_argument("--after", action="store_true", help="record anew what comes of what was open")
    arguments = parser.parse_args()
    asyncio.run(go_on_anew() if arguments.after else make(arguments.scene, arguments.code))
