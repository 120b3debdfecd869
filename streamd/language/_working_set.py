"""The items as each command leaves them, and the resolution of noun phrases to them."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final

import attrs

from streamd.core.item import ItemId
from streamd.core.tool_calls import RequestSetting
from streamd.facts import define
from streamd.language._compared_fields import misfits_of, unjudged_note
from streamd.language._dates import date_fields
from streamd.language._item_lookup import SHOWN, ItemLookup
from streamd.language._item_vocabulary import ItemVocabulary
from streamd.language._joined_conditions import check_joined
from streamd.language._lexicon import lexicon_of
from streamd.language._pieces import check_exception, check_one_type, check_pieces
from streamd.language._predicates import Predicate
from streamd.language._request_items import RequestItems
from streamd.language._superlatives import furthest
from streamd.language._syntax_tree import NotUnderstoodError, NounPhrase, Superlative
from streamd.language._tokens import key_of
from streamd.language._type_criteria import check_criteria

__all__ = ["SHOWN", "WorkingSet"]

_OF_AGE: Final = frozenset({"newest", "oldest", "latest", "earliest", "most recent", "least recent"})
_PLURAL: Final = frozenset({"them", "they", "those", "these", "their", "both", "all"})


@define
class WorkingSet(ItemLookup):
    """Items by id, in the order they were added; each command changes them for the next one."""

    last: tuple[ItemId, ...] = ()
    """The items named last: the antecedent of `it` and `them`."""
    earlier: tuple[ItemId, ...] = ()
    """What the request before this one was about: `last` until this one names something."""
    today: date | None = None
    """The day of the request."""
    spared_nothing: str = ""  # the exception that left out nothing of what it is an exception of

    @classmethod
    def of(cls, vocabulary: ItemVocabulary, setting: RequestSetting) -> "WorkingSet":
        """Build a working set of the present items."""
        items = RequestItems(vocabulary)
        earlier = tuple(one for one in setting.last_items if one in items)
        lexicon = lexicon_of(vocabulary)
        return cls(vocabulary.types, lexicon, items, last=earlier, earlier=earlier, today=setting.today)

    @property
    def refers_to_earlier(self) -> bool:
        """Whether `it` and `them` still mean what the request before this one was about."""
        return bool(self.earlier) and self.last is self.earlier

    def forget_earlier(self) -> None:
        """Let `it` and `them` mean nothing any more but what this request names."""
        if self.refers_to_earlier:
            self.last = ()

    # ── which items ──────────────────────────────────────────────────────────────────────────────────────────────────

    def meant(self, phrase: NounPhrase) -> list[ItemId]:
        """Resolve a noun phrase leniently, for questions; the result may be empty."""
        if phrase.pronoun:
            found = self._antecedent(phrase)
        elif phrase.refers_back:
            found = self._listed_before(phrase)
        elif phrase.names:
            found = [item_id for name in phrase.names for item_id in self.named(name, phrase)]
        else:
            found = self.fields.of_type(phrase.type) if phrase.type else list(self.fields)
        condition = phrase.condition
        if condition is not None:
            check_joined(condition)
            if phrase.type or phrase.names:
                kinds = {self.type_of(one) for one in found} if phrase.names else {phrase.type}
                check_criteria(self.types, kinds, condition)
            every, found = found, [item_id for item_id in found if self.meets(item_id, condition)]
            if len(found) < len(every):
                self._note_unjudged(every, set(found), condition)
        if phrase.others:
            if not self.last or self.refers_to_earlier:
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

    def _antecedent(self, phrase: NounPhrase) -> list[ItemId]:
        """The items that a pronoun stands for. Raises where it is one of several of an earlier request, or not as many."""
        found = [one for one in self.last if one in self.fields]
        surface = phrase.surface or "it"
        if self.refers_to_earlier and len(found) > 1 and key_of(surface).split(" ")[0] not in _PLURAL:
            self.ambiguous(f"I do not know which of them «{surface}» is", found)
        if phrase.count is not None and found and phrase.count.value != len(found):
            self.ambiguous(
                f"«{surface}» are {phrase.count.value:g}, and there were {len(found):,}; which", found
            )
        return found

    def _note_unjudged(self, every: Iterable[ItemId], met: set[ItemId], condition: Predicate) -> None:
        """Say which items a condition cannot judge, because a value that it compares is not of the declared kind."""
        unmet = {item_id: self.fields[item_id] for item_id in every if item_id not in met}
        unjudged = misfits_of(self.types, unmet, condition)
        if unjudged:
            self.notes.append(unjudged_note(unjudged, self.nouns([*unjudged]), self.name_of))

    def _listed_before(self, phrase: NounPhrase) -> list[ItemId]:
        """The items that `the first one` selects from."""
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
            self.ambiguous(
                f"{len(found)} items match «{surface}»; which {phrase.count.value:g} of them", found
            )
        if not phrase.plural and phrase.count is None and phrase.type and len(found) > 1:
            self.ambiguous(f"{len(found)} items match «{surface}»; which of them", found)
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
            self.ambiguous(
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
        self.ambiguous(f"«{phrase.surface}» does not say which{hint}. Do you mean", alike or found)

    def _without_dates(self, found: list[ItemId], extreme: Superlative) -> list[ItemId]:
        """Items as they were added; raises for those that have dates of their own, by which another one may be the newest."""
        for kind in dict.fromkeys(map(self.type_of, found)):
            if dates := date_fields(self.types, kind):
                named = ", ".join(name.replace("_", " ") for name in dates)
                raise NotUnderstoodError(
                    f"I do not know by which date «{extreme.surface}» is meant ({named}), or as they were added: sort them by one of "
                    "these, or say «the last one». Nothing was changed."
                )
        return found

    def _furthest(self, found: Iterable[ItemId], extreme: Superlative) -> list[ItemId]:
        if "#" in extreme.field and extreme.surface in _OF_AGE:
            found = self._without_dates(list(found), extreme)
        measured: list[tuple[float, ItemId]] = list(enumerate(found)) if "#" in extreme.field else []
        for item_id in () if measured else found:
            value = self.fields[item_id].get(extreme.field.get(self.type_of(item_id), ""))
            if isinstance(value, int | float) and not isinstance(value, bool):
                measured.append((value, item_id))
        best, tied = furthest(measured, extreme)
        if tied:
            self.ambiguous(f"Several are equally «{extreme.surface}»", tied)
        return best
