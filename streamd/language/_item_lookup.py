"""The items as each command leaves them, and how they are found by name."""

from collections.abc import Iterable, Sequence
from typing import Final, NoReturn

import attrs
from rapidfuzz import fuzz, process

from streamd.core.item import ItemId
from streamd.core.item_type import ItemTypes
from streamd.facts import define
from streamd.language._item_codes import codes_of
from streamd.language._item_names import whole_name
from streamd.language._lexicon import Lexicon
from streamd.language._name_slips import slips_of
from streamd.language._predicates import OneOf, Predicate
from streamd.language._request_items import RequestItems
from streamd.language._syntax_tree import NameMention, NotUnderstoodError, NounPhrase
from streamd.language._tokens import key_of
from streamd.language._type_criteria import noun_of

SHOWN: Final = 20
_MOST_GUESSES: Final = 10


@define
class ItemLookup:
    """Items by id, in the order they were added; each command changes them for the next one."""

    types: ItemTypes
    lexicon: Lexicon
    fields: RequestItems
    notes: list[str] = attrs.field(factory=list)
    guesses: int = 0
    """The number of fuzzy lookups so far, each of which takes time."""
    fresh: set[ItemId] = attrs.field(factory=set)
    """New items, under ids that are valid here only."""

    def type_of(self, item_id: ItemId) -> str:
        """The type of an item."""
        return str(self.fields[item_id].get("type", ""))

    def name_of(self, item_id: ItemId) -> str:
        """The name of an item, else its id."""
        return str(self.fields[item_id].get("name") or item_id)

    def listed(self, ids: Sequence[ItemId]) -> str:
        """List names, at most twenty, and count the others."""
        names = ", ".join(self.name_of(item_id) for item_id in ids[:SHOWN])
        return f"{names} and {len(ids) - SHOWN:,} more" if len(ids) > SHOWN else names

    def nouns(self, ids: Sequence[ItemId]) -> str:
        """The noun for these items: `suppliers`, `inventory item`, or `items` of several types."""
        return noun_of(self.types, {self.type_of(one) for one in ids}, len(ids))

    def meets(self, item_id: ItemId, condition: Predicate) -> bool:
        """Whether a condition holds for an item."""
        return condition.holds({"id": item_id, **self.fields[item_id]}, self.types)

    def named(self, name: NameMention, phrase: NounPhrase) -> list[ItemId]:
        """Resolve a name to its item, or to several where the phrase asks for all. Raises otherwise."""
        key = name.key or key_of(name.text)
        known = [one for one in (*name.ids, *self.lexicon.names.get(key, ())) if one in self.fields]
        known = [one for one in dict.fromkeys(known) if self._bears(one, key)]
        if key_of(name.text) != key:  # `tarps` is no item whose id is `tarp`, only one whose name is
            known = [one for one in known if key_of(one) != key or key_of(self.name_of(one)) == key]
        of_type = [one for one in known if self._fits(one, phrase)]
        if known and not of_type:
            raise NotUnderstoodError(
                f"{self.name_of(known[0])} is of type {self.type_of(known[0])}, not {phrase.type}. Nothing was changed.",
                tuple(known),
            )
        if not of_type:
            of_type = [self._nearly(name, key, phrase)]
        if phrase.every and not name.quoted:
            self._check_whole_kind(name, key, of_type, phrase)
        exact = [one for one in of_type if one == name.text]
        if exact:
            return exact
        if len(of_type) > 1 and not (phrase.every or phrase.plural):
            ids = ", ".join(f"{self.name_of(one)} ({one}, {self.type_of(one)})" for one in of_type[:SHOWN])
            raise NotUnderstoodError(
                f"Several items are called «{name.text}»: {ids}. Say which by its id. Nothing was changed.",
                tuple(of_type),
            )
        return of_type

    def _check_whole_kind(
        self, name: NameMention, key: str, known: Sequence[ItemId], phrase: NounPhrase
    ) -> None:
        """Ask back where `all tarps` may be the item that is called so, or all those of that kind: Tarp Blue, Tarp Green."""
        alike = [one for one in self.lexicon.nouns.ids(key) if one in self.fields]
        begun = [one for one in self.lexicon.whole_names() if one.startswith(f"{key} ")]
        further = self._living([*self._called(begun, phrase), *alike], phrase)
        if set(further) - set(known):
            self.ambiguous(
                f"«{name.text}» is the name of one item, and others are called so, too. Do you mean",
                [*known, *(one for one in further if one not in known)],
            )

    def _bears(self, item_id: ItemId, key: str) -> bool:
        """Whether the item still has the name, which an earlier command may have changed."""
        return key in (key_of(self.name_of(item_id)), key_of(item_id)) or (
            self.lexicon.names.is_code(key) and key in codes_of(self.fields[item_id])
        )

    def _fits(self, item_id: ItemId, phrase: NounPhrase) -> bool:
        return phrase.generic or phrase.type in ("", self.type_of(item_id))

    def _called(self, keys: Iterable[str], phrase: NounPhrase) -> list[ItemId]:
        """The present items of these names and of the phrase's type."""
        return self._living((one for key in keys for one in self.lexicon.names[key]), phrase)

    def _living(self, ids: Iterable[ItemId], phrase: NounPhrase) -> list[ItemId]:
        return list(dict.fromkeys(one for one in ids if one in self.fields and self._fits(one, phrase)))

    def _nearly(self, name: NameMention, key: str, phrase: NounPhrase) -> ItemId:
        """The one item whose name has this beginning or differs by a typing mistake."""
        self.guesses += 1
        if self.guesses > _MOST_GUESSES:
            raise NotUnderstoodError(
                f"There are too many names I do not know, among them «{name.text}». Nothing was changed."
            )
        names = self.lexicon.whole_names()
        begins = self._called((known for known in names if known.startswith(f"{key} ")), phrase)
        if begins:  # `drill` is the beginning of Drill Bit Set, and what a Cordless Drill is; `safety` also a category
            value = OneOf(self.lexicon.values.get(key, {}), key)
            valued = [one for one in self.fields if value.values and self.meets(one, value)]
            begins = self._living([*begins, *self.lexicon.nouns.ids(key), *valued], phrase)
        chosen = begins or self._called(slips_of(key, names), phrase)
        if len(chosen) == 1 and (not begins or len(key) > 2):
            self.notes.append(f"I took «{name.text}» to be «{self.name_of(chosen[0])}».")
            return chosen[0]
        if chosen:
            self.ambiguous(f"«{name.text}» could be several items. Do you mean", chosen)
        surface = key_of(phrase.surface) if len(phrase.names) == 1 and not phrase.condition else key
        surface = surface if surface.endswith(key) and len(surface) <= len(key) + 12 else key
        if not name.quoted and " " in key and key.rpartition(" ")[2] in self.lexicon.types:
            raise NotUnderstoodError(f"I did not understand «{name.text}», so nothing was changed.")
        similar = process.extract(surface, names, scorer=fuzz.ratio, limit=5, score_cutoff=70)
        alike = self._called((known for known, _, _ in similar), phrase)
        hint = f" Did you mean {self.listed(alike)}?" if alike else ""
        raise NotUnderstoodError(
            f"There is no item «{whole_name(name, phrase)}», so nothing was changed.{hint}", tuple(alike)
        )

    def ambiguous(self, question: str, found: Sequence[ItemId]) -> NoReturn:
        """Ask which of several items is meant."""
        raise NotUnderstoodError(
            f"{question}: {self.listed(found)}? Nothing was changed.",
            tuple(one for one in found if one not in self.fresh),
        )
