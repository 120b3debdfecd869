"""A pure stand-in for agent and store: applies an understanding to items and tells what changed."""

from collections.abc import Mapping, Sequence

import attrs

from streamd.core.item import Item
from streamd.core.item_type import ItemTypes
from streamd.core.tool_calls import AddItems, ChangeItems, RemoveItems, Understanding
from streamd.core.values import Value
from streamd.language import understand


@attrs.frozen
class Outcome:
    understanding: Understanding
    added: tuple[Mapping[str, Value], ...]
    removed: tuple[str, ...]
    changed: Mapping[str, Mapping[str, object]]

    @property
    def nothing(self) -> bool:
        return not (self.added or self.removed or self.changed)

    @property
    def words(self) -> str:
        return f"{self.understanding.reply} {self.understanding.refusal}"


def outcome_of(
    text: str, items: Sequence[Item], types: ItemTypes, context: Mapping[str, object] | None = None
) -> Outcome:
    found = understand(text, context or {}, items, types)
    state: dict[str, dict[str, object]] = {item.id: dict(item.fields) for item in items}
    before = {item_id: dict(fields) for item_id, fields in state.items()}
    added: list[Mapping[str, Value]] = []
    for call in found.calls:
        match call:
            case AddItems(items=new):
                for item in new:
                    types.get(str(item["type"])).check(item)
                added += new
            case RemoveItems(item_ids=ids, reason=reason):
                assert reason
                assert len(set(ids)) == len(ids)
                for item_id in ids:
                    del state[item_id]
            case ChangeItems(edits=edits):
                for edit in edits:
                    fields = state[edit.item_id]
                    for field, value in edit.set.items():
                        types.get(str(fields["type"])).fitted(field, value)
                        fields[field] = value
                    for field, amount in edit.inc.items():
                        now = fields.get(field, 0)
                        assert isinstance(now, int | float)
                        fields[field] = round(now + amount, 6)
                        types.get(str(fields["type"])).fitted(field, now + amount)
                    for field in edit.unset:
                        fields.pop(field, None)
    assert not (found.refusal and found.calls)
    removed = tuple(item_id for item_id in before if item_id not in state)
    changed = {
        item_id: {
            field: fields.get(field)
            for field in {*fields, *before[item_id]}
            if fields.get(field) != before[item_id].get(field)
        }
        for item_id, fields in state.items()
        if fields != before[item_id]
    }
    return Outcome(found, tuple(added), removed, changed)
