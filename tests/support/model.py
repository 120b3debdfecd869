"""What a workspace should hold and tell, written once more and as plainly as can be; it knows nothing of the daemon's code."""

import copy
import csv
import io
import math
from collections.abc import Mapping, Sequence
from typing import Any

import attrs

Item = dict[str, Any]
Edit = Mapping[str, Any]
"""A message that edits, as clients send it."""
NAMES = ("name", "subtitle", "type")
EVENTS = ("item_added", "item_removed", "item_updated", "field_changed")


@attrs.define
class RefusalError(Exception):
    """An edit that is not made; nothing changes."""

    codes: tuple[str, ...]


@attrs.frozen
class Told:
    """An event, as whoever hears everything hears it."""

    event_type: str
    item_id: str | None
    data: Mapping[str, Any]
    first: int
    """Position of the first event of the same change."""
    undoes: tuple[int, ...] = ()
    place: int | None = None
    """Of an item that an undo restores: where it is listed, by the position at which it was added."""


@attrs.define
class Room:
    """One workspace."""

    name: str
    items: dict[str, Item] = attrs.field(factory=dict)
    versions: dict[str, dict[str, int]] = attrs.field(factory=dict)
    changed: dict[str, int] = attrs.field(factory=dict)
    """For each item that is there or was: the position of its last event."""
    told: list[Told] = attrs.field(factory=list)
    born: dict[str, int] = attrs.field(factory=dict)
    """For each item that was there before: the position at which it was added again. A base below it is about another item."""
    absent: dict[str, int] = attrs.field(factory=dict)
    """For each of these: for how many positions it was not there. The daemon forgets removals with the entries that it trims."""

    @property
    def top(self) -> int:
        return len(self.told)

    def edit(self, edit: Edit) -> dict[str, Any]:
        """Make an edit. What its ack must say; raises RefusalError."""
        match edit["type"]:
            case "add_item":
                return self._add(edit["item"])
            case "remove_item":
                return self._remove(edit)
            case "publish":
                self._tell(edit["event_type"], edit.get("item_id"), edit["data"], self.top + 1)
                return {"seq": self.top}
            case "undo":
                return self._undo(edit["seq"])
            case "import":
                return self._import(edit["text"])
            case "bulk":
                return self._bulk(edit)
            case _:
                return self._change(edit)

    def _add(self, item: Item) -> dict[str, Any]:
        item_id = item["id"]
        if item_id in self.items:
            raise RefusalError(("exists",))
        self.items[item_id] = {name: value for name, value in item.items() if value is not None}
        removed_at = self.changed.get(item_id)
        self._tell("item_added", item_id, self.items[item_id], self.top + 1)
        if removed_at is not None:
            self.born[item_id], self.absent[item_id] = self.top, self.top - removed_at
        self.versions[item_id] = dict.fromkeys(self.items[item_id], self.top)
        return self._ack(item_id)

    def _remove(self, edit: Edit) -> dict[str, Any]:
        item_id = edit["item_id"]
        self._must_be_there(item_id)
        if self.changed[item_id] > edit.get("base", self.top):
            raise RefusalError(("conflict",))
        self._tell("item_removed", item_id, {"reason": edit.get("reason", "removed")}, self.top + 1)
        del self.items[item_id]
        return self._ack(item_id)

    def _change(self, edit: Edit) -> dict[str, Any]:
        item_id = edit["item_id"]
        self._must_be_there(item_id)
        if edit.get("base", self.top) < self.born.get(item_id, 0):
            raise RefusalError(("conflict",))
        item, versions = self.items[item_id], self.versions[item_id]
        wanted = {**edit.get("set", {}), **dict.fromkeys(edit.get("unset", ()))}
        on_conflict = edit.get("on_conflict", "overwrite")
        moved = {
            name: {"value": item.get(name), "version": versions[name]}
            for name in wanted
            if versions.get(name, 0) > edit.get("base", self.top)
        }
        if moved and on_conflict == "reject":
            raise RefusalError(("conflict",))
        if on_conflict == "merge":
            wanted = {name: value for name, value in wanted.items() if name not in moved}
        for name, by in edit.get("inc", {}).items():
            wanted[name] = item.get(name, 0) + by
        for name, more in edit.get("add_to_set", {}).items():
            had = item.get(name, [])
            wanted[name] = had + [one for one in dict.fromkeys(more) if one not in had]
        different = {name: value for name, value in wanted.items() if item.get(name) != value}
        self._set(item_id, different)
        said = {"conflicts" if on_conflict == "merge" else "overwrote": moved} if moved else {}
        return self._ack(item_id) | said | ({} if different else {"unchanged": True})

    def _set(self, item_id: str, values: Mapping[str, Any], undoes: tuple[int, ...] = ()) -> None:
        item, first = self.items[item_id], self.top + 1
        for kind, mine in (("item_updated", True), ("field_changed", False)):
            part = {name: value for name, value in values.items() if (name in NAMES) == mine}
            if part:
                item.update(part)
                self._tell(kind, item_id, part, first, undoes)
                self.versions[item_id].update(dict.fromkeys(part, self.top))
        for name in [name for name, value in item.items() if value is None]:
            del item[name]

    def _undo(self, seq: int) -> dict[str, Any]:
        """Take back the change that has an event at this position; refused where what it left is not there any more."""
        first = self.told[seq - 1].first
        past = [at for at, told in enumerate(self.told, 1) if told.first == first]
        by_item: dict[str, tuple[int, ...]] = {}
        for at in past:
            item_id, event_type = self.told[at - 1].item_id, self.told[at - 1].event_type
            if item_id is None or event_type not in EVENTS:
                raise RefusalError(("not_found",))
            by_item[item_id] = (*by_item.get(item_id, ()), at)
        left, undoing = copy.deepcopy(self), self.top + 1
        # What is restored comes first, in its old order; then the others, the last first.
        order = sorted(by_item, key=lambda one: -by_item[one][-1])
        order.sort(key=lambda one: self._place(one, first - 1) if self._is_gone_by(past, one) else math.inf)
        seqs = []
        for item_id in order:
            try:
                self._take_back(item_id, first, past[-1], by_item[item_id])
            except RefusalError:
                self.become(left)
                raise
            seqs.append(self.changed[item_id])
        self._make_one_change(undoing)
        return {"undone": len(order), "item_ids": order, "seqs": seqs, "seq": seqs[-1]}

    def _is_gone_by(self, past: Sequence[int], item_id: str) -> bool:
        """Whether a change removed an item."""
        return item_id not in self.at(past[-1])

    def _take_back(self, item_id: str, first: int, last: int, past: tuple[int, ...]) -> None:
        """Take back what a change did to one item."""
        before, after = self.at(first - 1).get(item_id), self.at(last).get(item_id)
        now = self.items.get(item_id)
        if after is not None and (now is None or self.born.get(item_id, 0) > last):
            raise RefusalError(("gone", "not_found", "conflict"))
        if before is None:
            if now != after:
                raise RefusalError(("conflict",))
            self._tell("item_removed", item_id, {"reason": "undo"}, self.top + 1, past)
            del self.items[item_id]
        elif after is None:
            if now is not None:
                raise RefusalError(("exists", "conflict"))
            place = self._place(item_id, first - 1)
            self.items[item_id] = before
            self._tell("item_added", item_id, before, self.top + 1, past, place)
            self.versions[item_id] = dict.fromkeys(before, self.top)
            self.born[item_id], self.absent[item_id] = place, 0
            self.items = self.at(self.top)
        else:
            assert now is not None
            names = {name for at in past for name in self.told[at - 1].data}
            if any(now.get(name) != after.get(name) for name in names):
                raise RefusalError(("conflict",))
            earlier = {name: before.get(name) for name in names}
            self._set(item_id, {name: one for name, one in earlier.items() if now.get(name) != one}, past)

    def _make_one_change(self, first: int) -> None:
        """Make all events from a position on those of one change."""
        self.told[first - 1 :] = [attrs.evolve(told, first=first) for told in self.told[first - 1 :]]

    def _import(self, text: str) -> dict[str, Any]:
        counts = dict.fromkeys(("added", "changed", "unchanged"), 0)
        for row in csv.DictReader(io.StringIO(text)):
            item_id = f"{row['type']}-{row['id']}"
            item = {"type": row["type"], "name": row["name"], "source_id": row["id"], "n": int(row["n"])}
            if item_id not in self.items:
                self._add({"id": item_id, **item})
                counts["added"] += 1
            else:
                done = self._change({"item_id": item_id, "set": item})
                counts["unchanged" if "unchanged" in done else "changed"] += 1
        return counts

    def at(self, seq: int) -> dict[str, Item]:
        """The items after the event at this position, in the order of their list."""
        items: dict[str, Item] = {}
        for told in self.told[:seq]:
            if told.item_id is None:
                continue
            match told.event_type:
                case "item_added":
                    items[told.item_id] = dict(told.data)
                case "item_removed":
                    del items[told.item_id]
                case "item_updated" | "field_changed":
                    fields = {**items[told.item_id], **told.data}
                    items[told.item_id] = {name: value for name, value in fields.items() if value is not None}
                case _:
                    pass
        return dict(sorted(items.items(), key=lambda pair: self._place(pair[0], seq)))

    def _place(self, item_id: str, seq: int) -> int:
        """Where an item was listed at a position."""
        for at in range(seq, 0, -1):
            told = self.told[at - 1]
            if (told.event_type, told.item_id) == ("item_added", item_id):
                return told.place or at
        raise AssertionError(f"{item_id} was not there at {seq}")

    def states(self, seq: int) -> tuple[Item | None, Item | None]:
        """The item that the event at this position is about, before and after it."""
        item_id = self.told[seq - 1].item_id or ""
        return self.at(seq - 1).get(item_id), self.at(seq).get(item_id)

    def _bulk(self, edit: Edit) -> dict[str, Any]:
        before = copy.deepcopy(self)
        first = self.top + 1
        results: list[dict[str, Any]] = []
        for index, part in enumerate(parts(edit)):
            try:
                results.append({"index": index, **self.edit(part)})
            except RefusalError as refusal:
                if edit.get("atomic"):
                    self.become(before)
                    raise
                results.append({"index": index, "error": refusal.codes})
        if edit.get("atomic"):
            self._make_one_change(first)
        refused = sum("error" in result for result in results)
        return {"done": len(results) - refused, "refused": refused, "results": results}

    def become(self, other: "Room") -> None:
        for field in attrs.fields(Room):
            setattr(self, field.name, getattr(other, field.name))

    def _must_be_there(self, item_id: str) -> None:
        if item_id not in self.items:
            # The mark of a removed item goes with the event that told of it, whenever that is.
            raise RefusalError(("gone", "not_found") if item_id in self.changed else ("not_found",))

    def _tell(
        self,
        event_type: str,
        item_id: str | None,
        data: Mapping[str, Any],
        first: int,
        undoes: tuple[int, ...] = (),
        place: int | None = None,
    ) -> None:
        self.told.append(Told(event_type, item_id, dict(data), first, undoes, place))
        if item_id is not None and event_type in EVENTS:
            self.changed[item_id] = self.top

    def _ack(self, item_id: str) -> dict[str, Any]:
        return {"seq": self.changed[item_id], "item_id": item_id, "version": self.changed[item_id]}


def parts(bulk: Edit) -> list[Edit]:
    """The single edits of a bulk one."""
    match bulk["operation"]:
        case "add_multiple":
            return [{"type": "add_item", "item": item} for item in bulk["items"]]
        case "remove_multiple":
            return [{"type": "remove_item", "item_id": item_id} for item_id in bulk["items"]]
        case _:
            return [{"type": "change_item", **item} for item in bulk["items"]]
