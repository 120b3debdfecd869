"""What a workspace should hold and tell, written once more and as plainly as can be; it knows nothing of the daemon's code."""

import copy
from collections.abc import Mapping
from typing import Any

import attrs

Item = dict[str, Any]
Edit = Mapping[str, Any]
"""A message that edits, as clients send it."""
NAMES = ("name", "subtitle", "type")


@attrs.define
class RefusalError(Exception):
    """An edit that is not made; nothing changes."""

    codes: tuple[str, ...]


@attrs.frozen
class Told:
    """An event that everybody hears."""

    event_type: str
    item_id: str | None
    item_type: str
    data: Mapping[str, Any]


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
                self.told.append(Told(edit["event_type"], edit.get("item_id"), "", edit["data"]))
                return {"seq": self.top}
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
        self._tell("item_added", item_id, self.items[item_id])
        if removed_at is not None:
            self.born[item_id], self.absent[item_id] = self.top, self.top - removed_at
        self.versions[item_id] = dict.fromkeys(self.items[item_id], self.top)
        return self._ack(item_id)

    def _remove(self, edit: Edit) -> dict[str, Any]:
        item_id = edit["item_id"]
        self._must_be_there(item_id)
        if self.changed[item_id] > edit.get("base", self.top):
            raise RefusalError(("conflict",))
        self._tell("item_removed", item_id, {"reason": edit.get("reason", "removed")})
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
        for kind, mine in (("item_updated", True), ("field_changed", False)):
            part = {name: value for name, value in different.items() if (name in NAMES) == mine}
            if part:
                item.update(part)
                self._tell(kind, item_id, part)
                versions.update(dict.fromkeys(part, self.top))
        for name in [name for name, value in item.items() if value is None]:
            del item[name]
        said = {"conflicts" if on_conflict == "merge" else "overwrote": moved} if moved else {}
        return self._ack(item_id) | said | ({} if different else {"unchanged": True})

    def _bulk(self, edit: Edit) -> dict[str, Any]:
        before = copy.deepcopy(self)
        results: list[dict[str, Any]] = []
        for index, part in enumerate(parts(edit)):
            try:
                results.append({"index": index, **self.edit(part)})
            except RefusalError as refusal:
                if edit.get("atomic"):
                    self._become(before)
                    raise
                results.append({"index": index, "error": refusal.codes})
        refused = sum("error" in result for result in results)
        return {"done": len(results) - refused, "refused": refused, "results": results}

    def _become(self, other: "Room") -> None:
        for field in attrs.fields(Room):
            setattr(self, field.name, getattr(other, field.name))

    def _must_be_there(self, item_id: str) -> None:
        if item_id not in self.items:
            # The mark of a removed item goes with the event that told of it, whenever that is.
            raise RefusalError(("gone", "not_found") if item_id in self.changed else ("not_found",))

    def _tell(self, event_type: str, item_id: str, data: Mapping[str, Any]) -> None:
        self.told.append(Told(event_type, item_id, self.items[item_id]["type"], dict(data)))
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
