"""Derives names and ids of imported items, so that the same row always has the same id, whatever else the file holds."""

import re
from collections.abc import Collection, Mapping
from hashlib import blake2b
from typing import Final

from streamd.core.item_type import SOURCE_ID, ItemType
from streamd.core.values import MAX_ID_CHARS, Value, nfc
from streamd.facts import frozen
from streamd.tables.cells import compact, slug, words_of
from streamd.tables.columns import ITEM_ID

NAME: Final = "name"
_KEY_ENDS: Final = ("_id", "_number", "_code", "_no")
_NAME_FALLBACKS: Final = ("description", "label", "article", "part")
_SIGN: Final = re.compile(r"[^\w\s-]")
_SPACE: Final = re.compile(r"[\s_-]+")
_MARK_BYTES: Final = 3


@frozen
class Identity:
    """The fields that identify the rows of a type."""

    keys: tuple[str, ...]
    """Fields that make an id, in turn: the next one where a row has nothing in the one before. Never empty."""
    is_exported: bool = False
    """Whether `Item ID` holds ids as the daemon knows them, whatever they look like."""
    is_for_once: bool = False
    """Whether later imports go by another key all the same."""

    @property
    def key(self) -> str:
        """The field that makes the ids of most rows."""
        return self.keys[0]

    def ids_of(self, type_name: str, fields: Mapping[str, Value]) -> tuple[str, ...]:
        """The ids that the item may have, the best first; empty when nothing in the row can make one.

        `Item ID` as it stands (a mere number is taken for an id of the file's own), else `<type>-<key>`, else `<type>-<name>` in
        lower case with hyphens. Only of the last there are several: see `name_ids`.
        """
        full = str(fields.get(ITEM_ID, ""))
        if full and (self.is_exported or not full.isdigit()):
            return (full,)
        for field in self.keys:
            if field == NAME:
                return name_ids(type_name, _text(fields.get(NAME)))
            if value := _text(fields.get(field)):
                return (f"{type_name}-{value}",)
        return ()

    def name_of(self, item_type: ItemType, fields: Mapping[str, Value]) -> str:
        """The item's name where no column holds one: its description or SKU, the number of an order before its description, or its id."""
        described, keys = _NAME_FALLBACKS, key_fields(item_type)
        for field in (*described, *keys) if keys[:1] == ("sku",) else (*keys, *described):
            if value := _text(fields.get(field)):
                return value
        number = _text(fields.get(SOURCE_ID))
        return f"{item_type.title or item_type.name} {number}".strip() if number else ""


def key_choices(item_type: ItemType, present: Collection[str]) -> tuple[str, ...]:
    """The fields of a table that may identify its rows, the best first, by what they are and not by what they hold."""
    own = key_fields(item_type)
    if NAME in present:
        own = tuple(field for field in own if _is_own_key(item_type, field))
    return tuple(field for field in (ITEM_ID, SOURCE_ID, *own, NAME) if field in present or field == NAME)


def key_fields(item_type: ItemType) -> tuple[str, ...]:
    """Declared text fields that identify items, such as `sku`, `order_number` and `shipment_id`, the best first."""
    found = [
        name
        for name, spec in item_type.fields.items()
        if spec.kind == "string"
        and not spec.refers_to
        and (spec.unique or name == "sku" or name.endswith(_KEY_ENDS))
    ]
    return tuple(sorted(found, key=lambda name: _rank(item_type, name)))


def name_ids(type_name: str, name: str) -> tuple[str, ...]:
    """The ids that an item of that name may have, the best first.

    Two names that differ in more than case, spaces and hyphens have different first ids: one with other signs, or one that
    is too long, ends in a mark that is made of the whole name. The other id is that of streamd 0.1, which had no marks, or of a
    name without signs the one with a mark.
    """
    words = slug(name)
    plain = f"{type_name}-{words}"[:MAX_ID_CHARS] if words else ""
    told = name_key(name)
    if not told:
        return ()
    mark = blake2b(told.encode("utf-8", "replace"), digest_size=_MARK_BYTES).hexdigest()
    start = f"{type_name}-{words}"[: MAX_ID_CHARS - len(mark) - 1].rstrip("-")
    marked = f"{start}-{mark}"
    is_plain = not _SIGN.search(name) and len(f"{type_name}-{words}") <= MAX_ID_CHARS
    return tuple(filter(None, (plain, marked) if is_plain else (marked, plain)))


def name_key(name: str) -> str:
    """A name as two of them are compared: case, and spaces, hyphens and underscores, do not count."""
    return _SPACE.sub(" ", nfc(name).casefold()).strip()


def _rank(item_type: ItemType, field: str) -> int:
    if item_type.fields[field].unique:
        return 0
    if field == "sku":
        return 1
    return 2 if _is_own_key(item_type, field) else 3


def _is_own_key(item_type: ItemType, field: str) -> bool:
    """Whether a field identifies items of the type, as `order_number` does orders, and not something they belong to."""
    own = {compact(word) for word in (item_type.name, item_type.title, *item_type.aliases) if word}
    of_what = compact(" ".join(words_of(field)[:-1]))
    return item_type.fields[field].unique or field == "sku" or of_what in own


def _text(value: Value | None) -> str:
    return "" if value is None else str(value).strip()
