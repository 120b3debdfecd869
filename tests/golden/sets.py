"""The golden sets: where they are, how they are unpacked, and how a daemon is started on one.

A set is a directory named after the schema of its databases. For each scene it holds `<scene>.db.gz`, a database as a daemon
left it, and `<scene>.json.gz`, what its maker knew of it and what that daemon said of it. Sets are written once by
`make.py`, with the code of their time, and never again.
"""

import gzip
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import attrs
import orjson

from tests.golden import agents
from tests.support.daemon import ROOT, Message

HERE: Final = Path(__file__).parent
DATABASE: Final = "streamd.db"
FOR_EVER: Final = "1000000000"
"""Seconds. A golden database grows old, and nothing of it is forgotten meanwhile."""

DOCUMENTS: Final[Mapping[str, str]] = {
    "warranty.md": "# Warranty\n\nSensors have a warranty of 24 months. Bolts have none.\n\n"
    "## Returns\n\nWhoever returns a sensor within 30 days gets a new one.\n",
    "lisbon.md": "# Lisbon\n\nAlfama is the oldest quarter, with narrow lanes and a castle above them.\n\n"
    "## Food\n\nIn Belém there are custard tarts; the bakery opens at 8.\n\n"
    "## Getting around\n\nTram 28 climbs from Graça to Estrela and is full by noon.\n",
}
"""What is in the knowledge folder of every scene."""


@attrs.frozen
class Golden:
    """One database of a set, and what is known of it."""

    schema: str
    scene: str
    facts: Mapping[str, Any]
    """`notes` of its maker, the mark that stood beside it as it was `served`, and what was `found` in it."""

    def __str__(self) -> str:
        return f"{self.schema}-{self.scene}"

    @property
    def notes(self) -> Mapping[str, Any]:
        """By workspace: runs, threads and more by name."""
        notes: Mapping[str, Any] = self.facts["notes"]
        return notes

    @property
    def found(self) -> Mapping[str, Any]:
        """By workspace: what the daemon that wrote it says when it is asked; see `asking.everything`."""
        found: Mapping[str, Any] = self.facts["found"]
        return found

    def run(self, workspace: str, name: str) -> str:
        """The id of a run."""
        return str(self.notes[workspace]["runs"][name])

    def told(self, workspace: str, name: str) -> list[Message]:
        """What a run told, as it was told live."""
        told = self.found[workspace]["runs"][name]["told"]
        return [{key: value for key, value in message.items() if key != "replayed"} for message in told]

    def unpack(self, path: Path) -> None:
        """Put the database there, as if a daemon had just died."""
        database = HERE / self.schema / f"{self.scene}.db.gz"
        with gzip.open(database) as packed, path.open("wb") as unpacked:
            shutil.copyfileobj(packed, unpacked)
        if "served" in self.facts:
            mark_of(path).write_text(self.facts["served"])


def mark_of(database: Path) -> Path:
    """The mark beside a database that says which file was served last."""
    return Path(f"{database}.served")


def schemas() -> list[str]:
    """The sets there are, the oldest first."""
    return sorted(path.name for path in HERE.glob("schema-*"))


def goldens(*scenes: str) -> list[Golden]:
    """The databases of these scenes in all sets."""
    return [
        Golden(schema, scene, load(HERE / schema / f"{scene}.json.gz"))
        for schema in schemas()
        for scene in scenes
        if (HERE / schema / f"{scene}.json.gz").exists()
    ]


def load(path: Path) -> Any:
    """JSON from a packed file."""
    return orjson.loads(gzip.decompress(path.read_bytes()))


def save(path: Path, facts: object) -> None:
    """JSON into a packed file, readable when it is unpacked."""
    text = orjson.dumps(facts, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS)
    path.write_bytes(gzip.compress(text, mtime=0))


def prepare(directory: Path, code: Path = ROOT) -> dict[str, str]:
    """Put documents and agents into a daemon's directory; its environment. `code` is where the daemon's code is."""
    for name, text in DOCUMENTS.items():
        (directory / "documents").mkdir(exist_ok=True)
        (directory / "documents" / name).write_text(text)
    return {
        **agents.installed(directory / "site", code),
        "STREAMD_KNOWLEDGE__FOLDER": "documents",
        "STREAMD_JOURNAL__RETAIN_SECONDS": FOR_EVER,
        "STREAMD_JOURNAL__OP_RETAIN_SECONDS": FOR_EVER,
        "STREAMD_RUNS__APPROVE_REMOVALS_OVER": "2",
        "STREAMD_DRAIN__SECONDS": "0.2",
    }
