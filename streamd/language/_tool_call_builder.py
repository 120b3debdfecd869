"""Applies commands to the working set, checked against the item types, and builds their tool calls."""

from collections.abc import Mapping
from typing import Final

import attrs

from streamd.core.item import ItemId
from streamd.core.lists.exact_numbers import exact_sum
from streamd.core.tool_calls import AddItems, ChangeItems, ItemEdit, RemoveItems, ToolCall
from streamd.core.values import Value
from streamd.facts import define
from streamd.language._answer_wording import reason_of
from streamd.language._field_values import assigned_field, assigned_value, with_ids, write_fields
from streamd.language._item_creation import add, copy_of
from streamd.language._pieces import check_direction, check_one_type, check_pieces
from streamd.language._quantities import Quantity, tidy
from streamd.language._syntax_tree import Assignment, Clause, NewItems, NotUnderstoodError, NounPhrase
from streamd.language._tokens import key_of
from streamd.language._working_set import WorkingSet

_ALL: Final = frozenset({"all", "every", "each", "both", "any", "everything", "anything", "whatever"})
_PLACES: Final = frozenset({"location", "destination"})


@define
class ToolCallBuilder:
    """Builds the tool calls of a request."""

    working: WorkingSet
    steps: list[tuple[ItemId, ...] | ChangeItems | RemoveItems] = attrs.field(factory=list)
    """Ids of new items, changes and removals, in order."""
    kept: list[tuple[ItemId, ...]] = attrs.field(factory=list)
    count: int | None = None
    """The number of items to add that the context gives; 0 when it is not valid."""
    gone: dict[ItemId, Mapping[str, Value]] = attrs.field(factory=dict)

    def carry_out(self, clause: Clause) -> None:
        """Apply one command, or raise without any effect on the tool calls."""
        match clause.kind:
            case "add":
                ids = tuple(item_id for one in self._counted(clause) for item_id in add(self.working, one))
                self.steps.append(ids)
                self.working.last = ids
            case "remove":
                self._remove(clause)
            case "keep":
                self.keep(clause.targets)
            case "rename":
                self._rename(clause)
            case "copy":
                self._copy(clause)
            case "swap":
                self._swap(clause)
            case "clear" | "set" | "raise" | "lower":
                self._change(clause)
            case _:
                raise NotUnderstoodError(f"I cannot do «{clause.verb}», so nothing was changed.")

    def _counted(self, clause: Clause) -> tuple[NewItems, ...]:
        """The new items of a command, with the number from the context if it gives one."""
        if self.count is None:
            return clause.new
        if not self.count:
            raise NotUnderstoodError("count must be a whole number of at least 1. Nothing was changed.")
        if len(clause.new) > 1 or self.steps:
            raise NotUnderstoodError(
                f"I do not know what the count of {self.count} in the request is about. Nothing was changed."
            )
        return tuple(attrs.evolve(one, count=Quantity(self.count, 0)) for one in clause.new)

    def calls(self) -> tuple[ToolCall, ...]:
        """The tool calls, without protected items and empty calls."""
        kept = {item_id for ids in self.kept for item_id in ids}
        fields, fresh = self.working.fields, self.working.fresh
        calls: list[ToolCall] = []
        for step in self.steps:
            if isinstance(step, RemoveItems):
                ids = tuple(one for one in step.item_ids if one not in kept and one not in fresh)
                calls += [attrs.evolve(step, item_ids=ids)] if ids else []
            elif isinstance(step, ChangeItems):
                edits = tuple(edit for edit in step.edits if edit.item_id not in kept)
                calls += [ChangeItems(edits)] if edits else []
            else:
                added = tuple(
                    with_ids(self.working, str(fields[one].get("type", "")), fields[one])
                    for one in step
                    if one in fields
                )
                calls += [AddItems(added)] if added else []
        return tuple(calls)

    def keep(self, targets: tuple[NounPhrase, ...]) -> None:
        """Protect items from the commands of this request."""
        working = self.working
        now = working.fields
        working.fields = now.with_restored(self.gone)
        try:
            self.kept += [tuple(working.targets(one)) for one in targets]
            working.last = tuple(one for ids in self.kept for one in ids)
        finally:
            working.fields = now

    # ── removing ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def _remove(self, clause: Clause) -> None:
        working = self.working
        ids: list[ItemId] = []
        reasons: list[str] = []
        for target in clause.targets:
            found = working.targets(target)
            check_pieces(working.lexicon, working.fields, target, found)
            if target.condition:
                check_one_type(target, {working.type_of(one) for one in found})
            ids += [one for one in found if one not in ids]
            reason = reason_of(target)
            reasons += [reason] if reason not in reasons else []
            if target.everything and not target.type and not target.condition and target.excluded:
                working.notes.append(
                    f"I took «{target.surface}» to mean the other {len(found):,} {working.nouns(found)}."
                )
            elif target.everything and not target.type and not target.condition:
                working.notes.append(
                    f"I took «{target.surface}» to mean all {len(found):,} items of every type."
                )
            elif (
                target.every
                and target.bare_of_conditions
                and key_of(target.surface).split(" ")[0] not in _ALL
            ):
                working.notes.append(
                    f"I took «{target.surface}» to mean all {len(found):,} {working.nouns(found)}."
                )
        self.steps.append(RemoveItems(tuple(ids), ", ".join(reasons)))
        for item_id in ids:
            self.gone[item_id] = working.fields.pop(item_id)
        working.last = ()

    # ── copying and swapping ─────────────────────────────────────────────────────────────────────────────────────────

    def _copy(self, clause: Clause) -> None:
        working = self.working
        ids = working.targets(clause.targets[0])
        if len(ids) != 1:
            raise NotUnderstoodError("Copy one item at a time, and name it. Nothing was changed.")
        name = clause.name or f"{working.name_of(ids[0])} copy"
        copied = copy_of(working, ids[0], name)
        self.steps.append((copied,))
        called = "" if clause.name else f"I called the copy «{name}». "
        working.notes.append(f"{called}«{name}» has the same fields as {working.name_of(ids[0])}.")
        working.last = (copied,)

    def _swap(self, clause: Clause) -> None:
        working = self.working
        ids = [one for target in clause.targets for one in working.targets(target)]
        if len(ids) != 2 or ids[0] == ids[1]:
            raise NotUnderstoodError("Two items are needed to swap something. Nothing was changed.")
        fields = [assigned_field(working, one, clause.assignments[0]) for one in ids]
        values = [working.fields[one].get(field) for one, field in zip(ids, fields, strict=True)]
        if values[0] is None or values[1] is None:
            raise NotUnderstoodError(
                f"{working.name_of(ids[0] if values[0] is None else ids[1])} has no {fields[0]} to swap. Nothing was changed."
            )
        new = {ids[0]: {fields[0]: values[1]}, ids[1]: {fields[1]: values[0]}}
        for one, change in new.items():
            write_fields(working, one, change)
        self._edited([ItemEdit(one, set=change) for one, change in new.items()])
        working.last = tuple(ids)

    # ── changing ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def _rename(self, clause: Clause) -> None:
        working = self.working
        ids = working.targets(clause.targets[0])
        if len(ids) != 1:
            raise NotUnderstoodError(
                f"Only one item can have the name «{clause.name}», so nothing was changed."
            )
        if working.lexicon.names.get(key_of(clause.name)):
            working.notes.append(f"There is already an item called «{clause.name}».")
        write_fields(self.working, ids[0], {"name": clause.name})
        working.lexicon.learn(clause.name, ids[0])
        self._edited([ItemEdit(ids[0], set={"name": clause.name})])
        working.last = (ids[0],)

    def _change(self, clause: Clause) -> None:
        working = self.working
        targets, assignments = clause.targets, clause.assignments
        if any(one.surface == "→" for one in targets):
            targets, assignments = self._crosswise(targets)
        ids = list(
            dict.fromkeys(item_id for target in targets for item_id in self._bearing(target, assignments))
        )
        before = {item_id: working.fields[item_id] for item_id in ids}
        edits = [self._edit_of(item_id, assignments) for item_id in ids]
        check_direction(clause.verb, edits, before)
        for edit in edits if len(edits) == 1 else ():
            for field, value in edit.set.items():
                if before[edit.item_id].get(field) == value:
                    words = field.replace("_", " ")
                    working.notes.append(
                        f"The {words} of {working.name_of(edit.item_id)} is {value} already."
                    )
            for field in edit.unset:
                if field not in before[edit.item_id]:
                    working.notes.append(f"{working.name_of(edit.item_id)} has no {field.replace('_', ' ')}.")
        self._edited(edits)
        working.last = tuple(ids)

    def _bearing(self, target: NounPhrase, assignments: tuple[Assignment, ...]) -> list[ItemId]:
        """The items that a change applies to; of `everything` those whose type has the fields."""
        working = self.working
        found = working.targets(target)
        if _PLACES & {name for one in assignments for name in one.field.values()}:
            check_pieces(working.lexicon, working.fields, target, found)
        if target.everything and not target.type:
            kinds = [set(one.field) for one in assignments if one.field]
            found = [one for one in found if all(working.type_of(one) in kind for kind in kinds)] or found
        every = (target.every or target.everything) and target.bare_of_conditions
        if every and len(found) > 1:
            able = [one for one in found if self._has_numbers(one, assignments)]
            if able and len(able) < len(found):
                left = [one for one in found if one not in set(able)]
                working.notes.append(f"Left out, because they have no such number: {working.listed(left)}.")
                found = able
        if not target.condition:
            check_one_type(target, {working.type_of(one) for one in found})
        if every and len(found) > 1:
            working.notes.append(f"«{target.surface}» means all {len(found):,} {working.nouns(found)}.")
        return found

    def _has_numbers(self, item_id: ItemId, assignments: tuple[Assignment, ...]) -> bool:
        """Whether the item has the numbers that are multiplied or changed by a percentage."""
        fields = self.working.fields[item_id]
        kind = self.working.type_of(item_id)
        return all(
            fields.get(one.field.get(kind, "")) is not None
            for one in assignments
            if one.factor is not None or (one.delta and one.number is not None and one.number.percent)
        )

    def _edited(self, edits: list[ItemEdit]) -> None:
        working = self.working
        real = tuple(
            attrs.evolve(edit, set=with_ids(working, working.type_of(edit.item_id), edit.set))
            for edit in edits
            if edit.item_id not in working.fresh
        )
        if real:
            self.steps.append(ChangeItems(real))

    def _crosswise(
        self, targets: tuple[NounPhrase, ...]
    ) -> tuple[tuple[NounPhrase, ...], tuple[Assignment, ...]]:
        """Resolve `assign A to B`: the item that fits in a field of the other one is the value."""
        middle = next(index for index, one in enumerate(targets) if one.surface == "→")
        sides = targets[:middle], targets[middle + 1 :]
        for subject, value in (sides, sides[::-1]):
            ids = [one for phrase in value for one in self.working.targets(phrase)]
            refers = {
                declared.name: spec.name
                for declared in self.working.types
                for spec in declared.fields.values()
                if len(ids) == 1 and spec.refers_to == self.working.type_of(ids[0])
            }
            subjects = [one for phrase in subject for one in self.working.targets(phrase)]
            if refers and all(self.working.type_of(one) in refers for one in subjects):
                return subject, (Assignment(refers, "", raw=self.working.name_of(ids[0])),)
        raise NotUnderstoodError(
            f"I do not see how «{sides[1][0].surface}» goes with «{sides[0][0].surface}», so nothing was changed."
        )

    def _edit_of(self, item_id: ItemId, assignments: tuple[Assignment, ...]) -> ItemEdit:
        set_: dict[str, Value] = {}
        inc: dict[str, float] = {}
        unset: list[str] = []
        for one in assignments:
            field = assigned_field(self.working, item_id, one)
            now = self.working.fields[item_id].get(field)
            if one.unset:
                if field in ("type", *self._required(item_id)):
                    raise NotUnderstoodError(f"An item cannot be without {field}, so nothing was changed.")
                unset.append(field)
                continue
            value = assigned_value(self.working, item_id, field, one, now)
            plain_delta = one.delta and one.number is not None and not one.number.percent and now is not None
            if plain_delta and one.number is not None:
                inc[field] = tidy(exact_sum((inc.get(field, 0), one.number.value)))
            else:
                set_[field] = value
            write_fields(self.working, item_id, {field: value})
        changed = {key: value for key, value in self.working.fields[item_id].items() if key not in unset}
        self.working.fields[item_id] = changed
        return ItemEdit(item_id, set=set_, unset=tuple(unset), inc=inc)

    def _required(self, item_id: ItemId) -> tuple[str, ...]:
        declared = self.working.types.declared.get(self.working.type_of(item_id))
        return declared.required if declared else ("name",)
