"""Another language than English: the engine goes by what it understands, and says everything in its words."""

from collections.abc import Mapping, Sequence

import attrs
import orjson

from streamd.agents.general import AGENT as GENERAL
from streamd.core.item import Item
from streamd.core.item_type import ItemTypes
from streamd.core.tool_calls import AddItems, Intent, Understanding
from streamd.language import English, EnglishWording
from streamd.ports.agent_wording import ItemChange
from streamd.ports.language import NO_PHRASES
from streamd.stores.memory import MemoryStore
from tests.support.engines import engine_on
from tests.support.runs import begin, ended, told


class LatinWording(EnglishWording):
    """As much of it as a request to add something hears."""

    def request_received(self) -> str:
        return "Opus incipit…"

    def intent_detected(self, intent: str) -> str:
        return f"Propositum: {intent}"

    def untitled_type(self, item_type: str) -> str:
        return f"res generis {item_type}"

    def adding(self, counts: Mapping[str, int]) -> str:
        return f"Creatur: {', '.join(counts)}…"

    def added(self, name: str) -> str:
        return f"Additum est: {name}"

    def summary(
        self,
        changes: Sequence[tuple[ItemChange, int, Sequence[str]]],
        refusals: Sequence[str],
        more_refusals: int = 0,
    ) -> str:
        return " ".join(f"{kind}/{count}/{'/'.join(names)}" for kind, count, names in changes)


@attrs.frozen
class Latin(English):
    wording: EnglishWording = attrs.field(factory=LatinWording)

    def understand(
        self,
        text: str,
        context: Mapping[str, object],
        items: Sequence[Item],
        types: ItemTypes,
        phrases: Mapping[str, Sequence[str]] = NO_PHRASES,
    ) -> Understanding:
        verb, _, name = text.partition(" ")
        assert verb == "Adde"
        return Understanding(Intent("general", 0.9, ("add",)), (AddItems(({"type": "note", "name": name},)),))


async def test_a_request_in_another_language_is_done_and_told_in_that_language() -> None:
    async with engine_on(MemoryStore(), None, GENERAL, language=Latin()) as engine:
        run = await ended(begin(engine, "", "Adde Epistula"))
        messages = {one["type"]: one.get("message") for one in await told(engine.store, run.record.run_id)}
        (item,) = (await engine.store.snapshot("hall")).items
    assert orjson.loads(item)["name"] == "Epistula"
    assert messages["start"] == "Opus incipit…"
    assert messages["intent_analysis"] == "Propositum: general"
    assert messages["item_creation"] == "Creatur: res generis note…"
    assert messages["item_added"] == "Additum est: Epistula"
    assert messages["complete"] == "added/1/Epistula"
