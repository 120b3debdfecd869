"""Changes: requested modifications of items, before they are decided."""

import hashlib
import unicodedata
from collections.abc import Container, Mapping
from typing import Final, Literal, TypeAlias, TypeVar, cast

import attrs
import orjson

from streamd.core.item import DamagedItem, Item, ItemId, Seq
from streamd.core.lists.exact_numbers import exact_sum
from streamd.core.values import MAX_INTEGER, Value, equality_keys, nfc, spelling_in
from streamd.errors import ConflictError, InvalidMessageError
from streamd.facts import fact

T = TypeVar("T")

OnConflict = Literal["overwrite", "merge", "reject"]
"""Conflict policy for fields that changed after the writer's base.

`overwrite`: the last writer in server order wins, and the result lists what it overwrote. `merge`: unchanged fields are
written, the others are returned as conflicts. `reject`: nothing is written.
"""


_LATER: Final = {"later": True}
"""Of an attribute that earlier versions did not have: at its default it does not count for a fingerprint."""


@fact
class AddItem:
    """Add an item. Refused when the id exists."""

    item_id: ItemId
    fields: Mapping[str, Value | None]
    """Flat, including `type` and `name`. A null means 'no such field'."""
    restores: bool = False
    """Whether an undo restores it: it is the item that was removed, not another one under its id."""
    place: Seq | None = None
    """Its `added` before it was removed, where it is restored and that is known: it is listed in its old place again."""


@fact
class ChangeItem:
    """Change fields of an item."""

    item_id: ItemId
    set: Mapping[str, Value | None] = attrs.field(factory=dict)
    """New values; null removes the field."""
    unset: tuple[str, ...] = ()
    inc: Mapping[str, float] = attrs.field(factory=dict)
    """Numbers to add; a missing field counts as 0. Never conflicts."""
    add_to_set: Mapping[str, tuple[object, ...]] = attrs.field(factory=dict)
    """Members to add to lists that lack them; a missing field counts as empty. Never conflicts."""
    base: Seq | None = None
    """Position of the last event that the writer had applied; None: unknown, and no field conflicts."""
    on_conflict: OnConflict = "overwrite"
    merges: bool = attrs.field(default=False, metadata=_LATER)
    """Whether objects in `set` are merged into those that are there, as a JSON Merge Patch says (RFC 7396)."""
    if_match: tuple[Seq, ...] | None = attrs.field(default=None, metadata=_LATER)
    """Versions of the item of which it must have one, or nothing is changed, whatever the fields; None: any."""


@fact
class RemoveItem:
    """Remove an item. With a base: refused when the item changed after it."""

    item_id: ItemId
    reason: str = "removed"
    base: Seq | None = None
    clear_references: bool = attrs.field(default=False, metadata=_LATER)
    """Consent to clear the references to it that ask for one."""
    if_match: tuple[Seq, ...] | None = attrs.field(default=None, metadata=_LATER)
    """As in `ChangeItem`."""


@fact
class Publish:
    """Publish a custom event that changes no item."""

    event_type: str
    data: Mapping[str, object]
    item_id: ItemId | None = None


Change: TypeAlias = AddItem | ChangeItem | RemoveItem | Publish


def fields_in_nfc(fields: Mapping[str, T], present: Container[str] = ()) -> dict[str, T]:
    """Return fields under their names in NFC, or as those `present` are spelled; the name of the type in NFC, too.

    Raises InvalidMessageError when one is given in two spellings.
    """
    if "".join(fields).isascii():
        named = dict(fields)
    else:
        named = {spelling_in(present, name): value for name, value in fields.items()}
    if len(named) < len(fields):
        twin = next(name for name in fields if nfc(name) != name)
        raise InvalidMessageError(f"{twin} is given twice, in two spellings of Unicode", path=twin)
    if isinstance(kind := named.get("type"), str):
        named["type"] = cast("T", nfc(kind))
    return named


def check_precondition(change: ChangeItem | RemoveItem, item: Item | DamagedItem) -> None:
    """Check that an item has the version that a change is for. Raises ConflictError with what it is now."""
    if change.if_match is None or item.version in change.if_match:
        return
    details: dict[str, object] = {"item": item.flat()} if isinstance(item, Item) else {}
    if isinstance(item, Item) and isinstance(change, ChangeItem):
        names = (*change.set, *change.unset, *change.inc, *change.add_to_set)
        details["fields"] = {
            name: {"value": item.fields.get(name), "version": item.versions[name]}
            for name in names
            if name in item.versions
        }
    raise ConflictError(
        f"item {item.id} is at version {item.version}; read it first",
        item_id=item.id,
        version=item.version,
        **details,
    )


def check_base(change: ChangeItem | RemoveItem, seq: Seq) -> None:
    """Check the base of a change whose first event would be at `seq`. Raises InvalidMessageError."""
    if change.base is not None and change.base >= seq:
        raise InvalidMessageError(
            f"base {change.base} is above {seq - 1}, the last position there is; give the last seq you have applied",
            path="base",
        )


def for_fields(change: ChangeItem, present: Mapping[str, Value]) -> ChangeItem:
    """Return the change of an item that has these fields, with their names as they are spelled there, and objects merged."""
    change = _names_in_nfc(change, present)
    if not change.merges:
        return change
    new = {name: _merged(present.get(name), value) for name, value in change.set.items()}
    return attrs.evolve(change, set=cast("dict[str, Value | None]", new), merges=False)


def _merged(value: object, patch: object) -> object:
    """Apply a JSON Merge Patch to a value (RFC 7396)."""
    if not isinstance(patch, dict):
        return patch
    merged = dict(value) if isinstance(value, dict) else {}
    for name, member in patch.items():
        if member is None:
            merged.pop(name, None)
        else:
            merged[name] = _merged(merged.get(name), member)
    return merged


def _names_in_nfc(change: ChangeItem, present: Mapping[str, Value]) -> ChangeItem:
    """Return the change of an item that has these fields, with the names of its own as `fields_in_nfc` spells them."""
    names = "".join(change.set)
    if change.unset or change.inc or change.add_to_set:
        names = "".join((names, *change.unset, *change.inc, *change.add_to_set))
    if names.isascii() and ("type" not in change.set or str(change.set["type"]).isascii()):
        return change
    return attrs.evolve(
        change,
        set=fields_in_nfc(change.set, present),
        unset=tuple(spelling_in(present, name) for name in change.unset),
        inc=fields_in_nfc(change.inc, present),
        add_to_set=fields_in_nfc(change.add_to_set, present),
    )


def fingerprint(*asked: object) -> str:
    """Digest of what was asked for (changes, or JSON values): the same for equal messages, whatever the order of their keys.

    Messages are equal as values are: `values.equal`.
    """
    encoded = orjson.dumps(asked, default=_as_list, option=orjson.OPT_SORT_KEYS)
    # Most messages have neither a whole number that is written with a point nor a text that is not in NFC.
    if b".0" in encoded or not (encoded.isascii() or unicodedata.is_normalized("NFC", encoded.decode())):
        encoded = orjson.dumps(_canonical(orjson.loads(encoded)), option=orjson.OPT_SORT_KEYS)
    return hashlib.blake2b(encoded, digest_size=12).hexdigest()


def _canonical(value: object) -> object:
    """The one of all equal values that stands for them."""
    match value:
        case str():
            return nfc(value)
        case float() if value.is_integer() and abs(value) <= MAX_INTEGER:
            return int(value)
        case list():
            return [_canonical(member) for member in value]
        case dict():
            found = {nfc(name): _canonical(member) for name, member in value.items()}
            return found if len(found) == len(value) else value
        case _:
            return value


def _as_list(change: object) -> object:
    kind = type(change)
    if not attrs.has(kind):
        raise TypeError(f"{kind.__name__} is not JSON")
    values = [
        getattr(change, field.name)
        for field in attrs.fields(kind)
        if not (field.metadata.get("later") and getattr(change, field.name) == field.default)
    ]
    return [kind.__name__, *values]


def json_size(change: Change) -> int:
    """Size of the values that a change brings, as JSON."""
    match change:
        case AddItem():
            return len(orjson.dumps(change.fields))
        case ChangeItem():
            return len(orjson.dumps((change.set, change.add_to_set)))
        case Publish():
            return len(orjson.dumps(change.data))
        case RemoveItem():
            return 0


def increased(value: Value, name: str, by: float) -> Value:
    """Add to the value of a field. Raises InvalidMessageError where it is no number, or the sum is out of range."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidMessageError(f"{name} is not a number and cannot be increased", path=name)
    if isinstance(value, int) and float(by).is_integer():
        by = int(by)  # a whole number stays one
    total = exact_sum((value, by))
    if abs(total) > MAX_INTEGER:
        raise InvalidMessageError(f"{name} would be beyond ±(2^53-1)", path=name)
    return total


def joined(value: Value, name: str, more: tuple[object, ...]) -> Value:
    """Add members to the list of a field where they are missing. Raises InvalidMessageError where it is no list."""
    if not isinstance(value, list):
        raise InvalidMessageError(f"{name} is not a list and cannot be added to", path=name)
    members = list(value)
    present = set(equality_keys(members))
    for member, key in zip(more, equality_keys(more), strict=True):
        if key not in present:
            present.add(key)
            members.append(member)
    return members
