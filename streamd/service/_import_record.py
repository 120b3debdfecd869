"""The record of an import with an op_id: what came of it as a whole, and what was done before it was cut off."""

from collections.abc import Mapping, Sequence
from typing import Final

import orjson

from streamd.core.item import Seq
from streamd.engine.journal import PART, RunUpdates
from streamd.ports.store import OpResult
from streamd.service.actor import Actor
from streamd.service.item_edits import part_key
from streamd.service.use_case import Service

_RESULT: Final = f"{PART}result"
"""After an op_id: the key of the recorded result of a whole import."""


class ImportRecord:
    """The results of one import under its op_id."""

    def __init__(self, service: Service, actor: Actor, key: tuple[str, str], asked: str) -> None:
        self.asked = asked
        """Fingerprint of what was asked for."""
        self._service = service
        self._actor = actor
        self._key = key
        self._begun = False
        """Whether an import began under this key before."""

    @property
    def op_id(self) -> str:
        """The key of the whole import."""
        return self._key[1]

    async def recall(self) -> Mapping[str, object] | None:
        """The result of this import, if it was done before under this key; asked first of all.

        Only one of the same file: `edit_each` refuses another.
        """
        scope, op_id = self._key
        begun, ended = ((self._actor.workspace, scope, key) for key in (op_id, op_id + _RESULT))
        found = await self._service.engine.store.results([begun, ended])
        self._begun = begun in found
        read = orjson.loads(found.get(ended, b"{}"))
        return read if read.get("asked") == self.asked else None

    async def done_before(self, numbers: Sequence[int]) -> Mapping[int, Seq]:
        """Positions of those of some changes that this import made before it was cut off."""
        if not self._begun:
            return {}
        store, (scope, op_id) = self._service.engine.store, self._key
        parts = {(self._actor.workspace, scope, part_key(op_id, number)): number for number in numbers}
        read = {parts[part]: orjson.loads(result) for part, result in (await store.results(parts)).items()}
        return {
            number: Seq(part["results"][0]["seq"])
            for number, part in read.items()
            if isinstance(part, dict) and part["asked"] == self.asked
        }

    async def keep(self, result: Mapping[str, object]) -> None:
        """Record the result of the whole import."""
        body = orjson.dumps({"asked": self.asked, **result})
        engine = self._service.engine
        recorded = OpResult(self._key[0], self._key[1] + _RESULT, body, engine.clock.now_ms())
        await engine.journal.persist(self._actor.workspace, RunUpdates(results=(recorded,)))
