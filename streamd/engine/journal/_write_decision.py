"""Decides the changes of one write, one after the other, and what follows of them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final

import attrs
import orjson

from streamd.core.change import AddItem, Change, ChangeItem, Publish, RemoveItem
from streamd.core.decide import Decision, decide
from streamd.core.declared.relations import ItemIndex, Relations, referred_ids
from streamd.core.event import ITEM_EVENT_TYPES, Event
from streamd.core.item import DamagedItem, Item, ItemId, Known, Seq, Tombstone
from streamd.core.item_type import ItemTypes
from streamd.core.lists.item_words import keeps_words
from streamd.core.values import nfc, spellings
from streamd.engine.journal._known_items import LONG_BYTES, ItemKey
from streamd.engine.journal._recorded_before import encoded_before, recorded_before_long
from streamd.engine.journal.cached_entry import CachedEntry, trimmed
from streamd.engine.journal.writes import ItemWrite
from streamd.errors import RefusedError
from streamd.facts import define
from streamd.ports.store import NewEntry
from streamd.wire.entries import event_body
from streamd.wire.message_parts import names_beside

_SURELY_FEW: Final = 1_024
"""Characters of names that an event has room for in any case."""


def decide_write(
    write: ItemWrite,
    types: ItemTypes,
    known: Mapping[ItemKey, Known],
    index: ItemIndex | None,
    top: Seq,
    now_ms: int,
    timestamp: str,
) -> "DecidedWrite":
    """Decide all changes of a write. Raises the first refusal; then the index is as it was before.

    Args:
        write: the changes and their author.
        types: the declared item types.
        known: the state that is known of items, before this write.
        index: the items of the workspace by what relates them, which follows the changes; None where nothing is related.
        top: position of the last event of the workspace.
        now_ms: the time.
        timestamp: the same, as events tell it.

    """
    relations = None if index is None else Relations(index, _together(write.changes))
    decided = DecidedWrite(write, types, known, index, relations, now_ms, timestamp, top, Seq(top + 1))
    number = 0
    try:
        for number, change in enumerate(write.changes):
            decided.take(number, change)
        number = -1
        if relations is not None:
            relations.check_together(decided.states)
    except BaseException as error:
        decided.revert()
        if isinstance(error, RefusedError):
            error.change = number if number >= 0 else _last_of(write, error.details.get("item_id"))
        raise
    return decided


def _together(changes: Sequence[Change]) -> Collection[ItemId]:
    """The items that are judged together at the end of a write."""
    return {one.item_id for one in changes if not isinstance(one, Publish)} if len(changes) > 1 else ()


def _names_added(changes: Iterable[Change]) -> Mapping[ItemId, str]:
    """The names of the items that changes add, by id."""
    return {one.item_id: str(one.fields.get("name") or "") for one in changes if isinstance(one, AddItem)}


def _last_of(write: ItemWrite, item_id: object) -> int | None:
    """The place of the last change of an item."""
    return max((number for number, one in enumerate(write.changes) if one.item_id == item_id), default=None)


@define(eq=False, repr=False)
class DecidedWrite:
    """A write as it is decided change by change, and what is committed of it once all are accepted."""

    write: ItemWrite
    types: ItemTypes
    known: Mapping[ItemKey, Known]
    index: ItemIndex | None
    relations: Relations | None
    now_ms: int
    timestamp: str
    top: Seq
    """Position of its last event so far."""
    first: Seq
    """Position of the first event of what is one change: of the whole write, or of each of its changes."""
    added: Mapping[ItemId, str] | None = None
    """The names of the items that it adds, by id, once they are needed."""
    entries: list[NewEntry] = attrs.field(init=False, factory=list)
    cached: list[CachedEntry] = attrs.field(init=False, factory=list)
    """The same for delivery, each with the item before it, whole."""
    changed: dict[ItemId, Item | Tombstone] = attrs.field(init=False, factory=dict)
    new_words: set[ItemId] = attrs.field(init=False, factory=set)
    """Changed items whose words may be others than before."""
    results: list[dict[str, object]] = attrs.field(init=False, factory=list)
    run_bodies: list[bytes] = attrs.field(init=False, factory=list)
    """Bodies of the run's responses."""
    long: list[ItemId] = attrs.field(init=False, factory=list)
    """Items whose events are too long for the items to be cached."""

    @property
    def states(self) -> list[tuple[Known, Known]]:
        """The state of each item before this write and after it."""
        workspace = self.write.workspace
        return [(self.known.get((workspace, one)), item) for one, item in self.changed.items()]

    def revert(self) -> None:
        """Take the changes back from the index."""
        if self.index is not None:
            for before, after in reversed(self.states):
                self.index.replace(after, before)

    def take(self, number: int, change: Change) -> None:
        """Decide one change of the write, and what a removal does to the references to the item."""
        if not self.write.is_one_change:
            self.first = Seq(self.top + 1)
        change, known = self._named(change)
        decision = self._accept(number, change, known)
        result = _result(change, decision, self.top)
        if (
            self.index is not None
            and isinstance(change, RemoveItem)
            and isinstance(known, Item | DamagedItem)
        ):
            result |= self._clear_references(number, change, known, self.index)
        self.results.append(result)

    def _clear_references(
        self, number: int, removal: RemoveItem, item: Item | DamagedItem, index: ItemIndex
    ) -> dict[str, object]:
        """Clear the references to a removed item that may be cleared; others are judged at the end of the write."""
        fields: dict[ItemId, list[str]] = {}
        for (item_id, field), spec in index.referring(item).items():
            if spec.on_remove == "clear" or (spec.on_remove == "ask" and removal.clear_references):
                fields.setdefault(item_id, []).append(field)
        for item_id, names in fields.items():
            change, known = self._named(ChangeItem(item_id, unset=tuple(names)))
            self._accept(number, change, known)
        return {"cleared": len(fields)} if fields else {}

    def _accept(self, number: int, change: Change, known: Known) -> Decision:
        """Decide one change."""
        decision = decide(change, known, self.types, Seq(self.top + 1), self.relations)
        events, after = decision.events, decision.after
        for event in events:
            self._add_event(number, event, known, after, is_last=event is events[-1])
        if (
            events
            and not isinstance(change, Publish)
            and after is not None
            and not isinstance(after, DamagedItem)
        ):
            self.changed[change.item_id] = after
            if self.index is not None:
                self.index.replace(known, after)
        if self.write.run_bodies is not None:
            self.run_bodies += self.write.run_bodies(number, change, decision)
        return decision

    def _add_event(self, number: int, event: Event, known: Known, after: Known, *, is_last: bool) -> None:
        """Add one event of a change from one state to another."""
        write, kind, item_id = self.write, event.event_type, event.item_id
        self.top = top = Seq(self.top + 1)
        body = trimmed(
            event_body(
                event,
                workspace=write.workspace,
                author=write.author,
                timestamp=self.timestamp,
                op_id=None if write.op is None else write.shown_op_id,
                change=None if top == self.first else self.first,
                undoes=write.undoes[number] if write.undoes else (),
                names=None if self.index is None else self._names(event, after, self.index),
            )
        )
        before = stored = encoded_before(event)
        if before is not None and len(before) > LONG_BYTES:
            stored = recorded_before_long(event, before)
        if is_last:
            self.types.limits.check(
                known, after, event, body_bytes=len(body), before_bytes=0 if before is None else len(before)
            )
        self.cached.append(CachedEntry(top, body, kind, event.item_type, before))
        self.entries.append(NewEntry(write.stream, top, body, self.now_ms, kind, event.item_type, stored))
        if item_id is not None:
            if len(body) > LONG_BYTES:
                self.long.append(item_id)
            if kind != "field_changed" or event.before is None or not keeps_words(event.before, event.data):
                self.new_words.add(item_id)

    def _named(self, change: Change) -> tuple[Change, Known]:
        """The change under the spelling of its id that is known, else under its NFC; and the stored state of that id."""
        item_id = change.item_id
        if item_id is None:
            return change, None
        if item_id.isascii():
            return change, self._known(item_id)
        for spelling in spellings(item_id):
            known = self._known(spelling)
            if known is not None:
                break
        else:
            spelling, known = ItemId(nfc(item_id)), None
        return change if spelling == item_id else attrs.evolve(change, item_id=spelling), known

    def _known(self, item_id: ItemId) -> Known:
        """The state of an id after the changes so far."""
        return self.changed.get(item_id) or self.known.get((self.write.workspace, item_id))

    def _names(self, event: Event, after: Known, index: ItemIndex) -> Mapping[str, str]:
        """The names of the items that an event's item refers to, by id; also of those that the write adds later.

        Not only of its new values: who receives the whole item, as it comes into a view, needs them all.
        """
        if event.event_type not in ITEM_EVENT_TYPES or not isinstance(after, Item):
            return {}
        ids = referred_ids([(event.item_type, after.fields)], self.types)
        if ids and self.added is None:
            self.added = _names_added(self.write.changes)
        found = {one: index.name_of(one) or (self.added or {}).get(one) for one in ids}
        names: Mapping[str, str] = {one: name for one, name in found.items() if name is not None}
        if sum(map(len, names.values())) < _SURELY_FEW:
            return names
        return names_beside(names, len(orjson.dumps(after.fields)))


def _result(change: Change, decision: Decision, seq: Seq) -> dict[str, object]:
    """The result of a change for its author. `seq` is the position of its last event."""
    result: dict[str, object] = {}
    after = decision.after
    if isinstance(change, Publish):
        result["seq"] = seq
    elif after is not None:
        result["seq"] = after.version if not decision.events else seq
        result["item_id"] = after.id
        result["version"] = after.version
        if decision.overwrote:
            result["overwrote"] = decision.overwrote
        if decision.conflicts:
            result["conflicts"] = decision.conflicts
        if not decision.events:
            result["unchanged"] = True
    return result
