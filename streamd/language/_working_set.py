"""The items as each command leaves them, and the resolution of noun phrases to them."""

from collections.abc import Iterable, Sequence
from typing import Final

import attrs
from rapidfuzz import fuzz, process

from streamd.core.item import ItemId
from streamd.core.item_type import ItemTypes
from streamd.language._compared_fields import misfits_of, unjudged_note
from streamd.language._item_codes import codes_of
from streamd.language._item_names import whole_name
from streamd.language._item_vocabulary import ItemVocabulary
from streamd.language._lexicon import Lexicon, lexicon_of
from streamd.language._name_slips import slips_of
from streamd.language._pieces import check_exception, check_one_type, check_pieces
from streamd.language._predicates import OneOf, Predicate
from streamd.language._request_items import RequestItems
from streamd.language._superlatives import furthest
from streamd.language._syntax_tree import NameMention, NotUnderstoodError, NounPhrase, Superlative
from streamd.language._tokens import key_of
from streamd.language._type_criteria import check_criteria, noun_of

SHOWN: Final = 20
_MOST_GUESSES: Final = 10


@attrs.define
class WorkingSet:
    """Items by id, in the order they were added; each command changes them for the next one."""

    types: ItemTypes
    lexicon: Lexicon
    fields: RequestItems
    notes: list[str] = attrs.field(factory=list)
    last: tuple[ItemId, ...] = ()
    """The items named last: the antecedent of `it` and `them`."""
    guesses: int = 0
    """The number of fuzzy lookups so far, each of which takes time."""
    spared_nothing: str = ""  # the exception that left out nothing of what it is an exception of
    fresh: set[ItemId] = attrs.field(factory=set)
    """New items, under ids that are valid here only."""

    @classmethod
    def of(cls, vocabulary: ItemVocabulary) -> "WorkingSet":
        """Build a working set of the present items."""
        return cls(vocabulary.types, lexicon_of(vocabulary), RequestItems(vocabulary))

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

    # ── which items ──────────────────────────────────────────────────────────────────────────────────────────────────

    def meant(self, phrase: NounPhrase) -> list[ItemId]:
        """Resolve a noun phrase leniently, for questions; the result may be empty."""
        if phrase.pronoun:
            found = [one for one in self.last if one in self.fields]
        elif phrase.refers_back:
            found = self._listed_before(phrase)
        elif phrase.names:
            found = [item_id for name in phrase.names for item_id in self.named(name, phrase)]
        else:
            found = self.fields.of_type(phrase.type) if phrase.type else list(self.fields)
        condition = phrase.condition
        if condition is not None:
            if phrase.type or phrase.names:
                kinds = {self.type_of(one) for one in found} if phrase.names else {phrase.type}
                check_criteria(self.types, kinds, condition)
            every, found = found, [item_id for item_id in found if self.meets(item_id, condition)]
            if len(found) < len(every):
                self._note_unjudged(every, set(found), condition)
        if phrase.others:
            if not self.last:
                raise NotUnderstoodError(
                    f"I do not know what «{phrase.surface}» leaves out, so nothing was changed."
                )
            found = [item_id for item_id in found if item_id not in self.last]
        if phrase.excluded:
            spared = {item_id for one in phrase.excluded for item_id in self._spared(one, found)}
            if found and not spared.intersection(found):
                self.spared_nothing = " or ".join(one.surface for one in phrase.excluded)
            found = [item_id for item_id in found if item_id not in spared]
            described = any(not one.bare for one in phrase.excluded)
            if described and phrase.everything and not phrase.type and phrase.condition is None:
                kinds = {self.type_of(one) for one in spared}
                check_one_type(phrase, kinds | {self.lexicon.default_type})
                found = [one for one in found if self.type_of(one) in kinds]
        if phrase.superlative is not None:
            found = self._furthest(found, phrase.superlative)
        return list(dict.fromkeys(found))

    def meets(self, item_id: ItemId, condition: Predicate) -> bool:
        """Whether a condition holds for an item."""
        return condition.holds({"id": item_id, **self.fields[item_id]}, self.types)

    def _note_unjudged(self, every: Iterable[ItemId], met: set[ItemId], condition: Predicate) -> None:
        """Say which items a condition cannot judge, because a value that it compares is not of the declared kind."""
        unmet = {item_id: self.fields[item_id] for item_id in every if item_id not in met}
        unjudged = misfits_of(self.types, unmet, condition)
        if unjudged:
            self.notes.append(unjudged_note(unjudged, self.nouns([*unjudged]), self.name_of))

    def _listed_before(self, phrase: NounPhrase) -> list[ItemId]:
        """The items that `the first one` selects from; earlier requests are not known here."""
        if len(self.last) < 2:
            raise NotUnderstoodError(
                f"I do not know what «{phrase.surface}» refers to; name the item. Nothing was changed."
            )
        return [one for one in self.last if one in self.fields]

    def _spared(self, phrase: NounPhrase, among: Sequence[ItemId]) -> list[ItemId]:
        """The items that an exception leaves out of those."""
        if phrase.pronoun and not self.last:
            raise NotUnderstoodError(
                f"I do not know what «{phrase.surface}» refers to, so nothing was changed."
            )
        extreme = None if phrase.names else phrase.superlative
        found = self.meant(attrs.evolve(phrase, superlative=None) if extreme else phrase)
        if extreme:  # of those: the cheapest of all items may be another one
            found = self._furthest(filter(set(found).__contains__, among), extreme)
        check_pieces(self.lexicon, self.fields, phrase, found)
        if phrase.bare and (phrase.count or not (phrase.every or phrase.plural)):
            raise NotUnderstoodError(
                f"I did not understand which ones «{phrase.surface}» leaves out, so nothing was changed."
            )
        return found

    def targets(self, phrase: NounPhrase) -> list[ItemId]:
        """Resolve the noun phrase of a command. Raises when none or several items may be meant."""
        self.spared_nothing = ""
        found = self.meant(phrase)
        surface = phrase.surface or "that"
        check_exception(self.spared_nothing, surface)
        if phrase.pronoun and not self.last:
            raise NotUnderstoodError(
                f"I do not know what «{surface}» refers to; name the item. Nothing was changed."
            )
        if not found:
            if phrase.names and phrase.condition:
                raise NotUnderstoodError(f"«{surface}»: it is not so, so nothing was changed.")
            raise NotUnderstoodError(f"No item matches «{surface}», so nothing was changed.")
        if phrase.names and phrase.condition and len(found) < len(phrase.names):
            raise NotUnderstoodError(f"Not all of «{surface}» are so, so nothing was changed.")
        if phrase.bare and key_of(surface).startswith("any "):
            self._refuse_bare(phrase, found)
        if phrase.names or phrase.pronoun or phrase.superlative or phrase.every:
            return self._all_of(phrase, found)
        if phrase.everything:
            return found
        if phrase.bare and not (phrase.count and phrase.count.value == len(found) and phrase.definite):
            self._refuse_bare(phrase, found)
        if phrase.count is not None and phrase.count.value != len(found):
            self._ambiguous(
                f"{len(found)} items match «{surface}»; which {phrase.count.value:g} of them", found
            )
        if not phrase.plural and phrase.count is None and phrase.type and len(found) > 1:
            self._ambiguous(f"{len(found)} items match «{surface}»; which of them", found)
        return found

    def _all_of(self, phrase: NounPhrase, found: list[ItemId]) -> list[ItemId]:
        stated_count = phrase.count if not phrase.superlative else None
        counted = stated_count is not None and not (phrase.names and stated_count.value == 1)
        if (
            stated_count is not None
            and counted
            and stated_count.value != len(found)
            and (phrase.every or phrase.definite or phrase.names)
        ):
            if len(found) == 1:
                raise NotUnderstoodError(
                    f"{self.name_of(found[0])} is one item, not {stated_count.value:g}: of so many units of it say which field they "
                    "are, for example «reduce its stock by 5». Nothing was changed.",
                    tuple(one for one in found if one not in self.fresh),
                )
            self._ambiguous(
                f"{len(found)} items match «{phrase.surface}», not {stated_count.value:g}; which", found
            )
        if phrase.generic and phrase.every and phrase.condition is None and not phrase.names:
            others = len(self.fields) - len(self.fields.of_type(phrase.type))
            if others:
                self.notes.append(
                    f"I took «{phrase.surface}» to mean those of type {phrase.type}; others stay as they are."
                )
        return found

    def _refuse_bare(self, phrase: NounPhrase, found: list[ItemId]) -> None:
        words = key_of(phrase.surface)
        alike = [
            item_id
            for item_id in found
            if key_of(self.name_of(item_id)).startswith(words.split(" ")[-1] + " ")
        ]
        if len(found) == 1 and phrase.definite and not phrase.plural:
            return
        hint = f"; say «all {phrase.surface}» if you mean every one" if phrase.plural else ""
        self._ambiguous(f"«{phrase.surface}» does not say which{hint}. Do you mean", alike or found)

    def _ambiguous(self, question: str, found: Sequence[ItemId]) -> None:
        raise NotUnderstoodError(
            f"{question}: {self.listed(found)}? Nothing was changed.",
            tuple(one for one in found if one not in self.fresh),
        )

    def _furthest(self, found: Iterable[ItemId], extreme: Superlative) -> list[ItemId]:
        measured: list[tuple[float, ItemId]] = list(enumerate(found)) if "#" in extreme.field else []
        for item_id in () if measured else found:
            value = self.fields[item_id].get(extreme.field.get(self.type_of(item_id), ""))
            if isinstance(value, int | float) and not isinstance(value, bool):
                measured.append((value, item_id))
        best, tied = furthest(measured, extreme)
        if tied:
            self._ambiguous(f"Several are equally «{extreme.surface}»", tied)
        return best

    # ── names ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def named(self, name: NameMention, phrase: NounPhrase) -> list[ItemId]:
        """Resolve a name to its item, or to several where the phrase asks for all. Raises otherwise."""
        key = name.key or key_of(name.text)
        known = [one for one in (*name.ids, *self.lexicon.names.get(key, ())) if one in self.fields]
        known = [one for one in dict.fromkeys(known) if self._bears(one, key)]
        of_type = [one for one in known if self._fits(one, phrase)]
        if known and not of_type:
            raise NotUnderstoodError(
                f"{self.name_of(known[0])} is of type {self.type_of(known[0])}, not {phrase.type}. Nothing was changed.",
                tuple(known),
            )
        if not of_type:
            of_type = [self._nearly(name, key, phrase)]
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
            self._ambiguous(f"«{name.text}» could be several items. Do you mean", chosen)
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
