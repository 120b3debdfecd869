"""The golden transcripts of the wire and of the options, and the command that writes them: `.venv/bin/python -m tests.golden.wire`.

They are text, a line for each thing said, and grow with the protocol: write them anew when something was added to it, and
read in the difference that nothing else has changed.
"""

import asyncio
from collections.abc import Iterable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import orjson

from tests.golden import addresses, conversation, mistakes, options
from tests.golden.sets import HERE, prepare
from tests.support.daemon import Message, running

TRANSCRIPTS: Final = HERE / "wire"
OPTIONS: Final = HERE / "config" / "options.txt"
PATIENT: Final = {"STREAMD_WS__MAX_BAD_MESSAGES": "1000000", "STREAMD_WS__HEARTBEAT_SECONDS": "1000"}


async def written(directory: Path) -> Mapping[str, Iterable[Message]]:
    """What today's code makes of it, by the name of the file."""
    plain, furnished = directory / "plain", directory / "furnished"
    plain.mkdir()
    furnished.mkdir()
    async with running(plain, **PATIENT) as daemon:
        found = {"addresses": await addresses.lines(daemon), "mistakes": await mistakes.lines(daemon)}
    async with running(furnished, **prepare(furnished), **PATIENT) as daemon:
        return {**found, **await conversation.lines(daemon)}


def text(lines: Iterable[Message]) -> str:
    """As it stands in a file."""
    return "".join(orjson.dumps(line).decode() + "\n" for line in lines)


async def write() -> None:
    """Write all of them."""
    with TemporaryDirectory() as temporary:
        TRANSCRIPTS.mkdir(exist_ok=True)
        OPTIONS.parent.mkdir(exist_ok=True)
        for name, lines in (await written(Path(temporary))).items():
            (TRANSCRIPTS / f"{name}.jsonl").write_text(text(lines))
    OPTIONS.write_text(options.text())


if __name__ == "__main__":
    asyncio.run(write())
