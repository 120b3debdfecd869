"""Orders carried out on the workspace: they become tool calls, checked against the item types, or a refusal."""

import re
from collections.abc import Mapping
from typing import Final

import attrs

from streamd.core.item import ItemId
from streamd.core.item_type import COMMON_FIELDS, FieldSpec
from streamd.core.language.numbers import tidy
from streamd.core.language.phrases import Assignment, Clause, NameSaid, NewItems, NotUnderstoodError, Phrase
from streamd.core.language.tokens import key_of
from streamd.core.language.workspace import Workspace
from streamd.core.tool_calls import AddItems, ChangeItems, ItemEdit, RemoveItems, ToolCall
from streamd.core.values import Value, check_fields
from streamd.errors import InvalidMessageError

MOST_NEW_ITEMS: Final = 10_000
_NUMBER: Final = re.compile(r"-?\d{1,15}(?:,\d{3}){0,4}(?:\.\d{1,15})?")
_DATE: Final = re.compile(r"\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])(?:[T ].{0,30})?")


@attrs.define
class Execution:
    """Tool calls in the making."""

    workspace: Workspace
    steps: list[tuple[ItemId, ...] | ChangeItems | RemoveItems] = attrs.field(factory=list)
    """Ids of new items, changes and removals, in order."""
    kept: list[tuple[ItemId, ...]] = attrs.field(factory=list)
    new_ids: int = 0
    gone: dict[ItemId, Mapping[str, Value]] = attrs.field(factory=dict)

    def carry_out(self, clause: Clause) -> None:
        """Do one order, or raise without having done anything that counts."""
        match clause.kind:
            case "add":
                ids = tuple(item_id for one in clause.new for item_id in self._add(one))
                self.steps.append(ids)
                self.workspace.last = ids
            case "remove":
                self._remove(clause)
            case "keep":
                self.keep(clause.targets)
            case "rename":
                self._rename(clause)
            case "clear" | "set" | "raise" | "lower":
                self._change(clause)
            case _:
                raise NotUnderstoodError(f"I cannot do «{clause.verb}», so nothing was changed.")

    def calls(self) -> tuple[ToolCall, ...]:
        """What was asked for, without what is to be kept and without empty calls."""
        kept = {item_id for ids in self.kept for item_id in ids}
        fields, fresh = self.workspace.fields, self.workspace.fresh
        calls: list[ToolCall] = []
        for step in self.steps:
            if isinstance(step, RemoveItems):
                ids = tuple(one for one in step.item_ids if one not in kept and one not in fresh)
                calls += [attrs.evolve(step, item_ids=ids)] if ids else []
            elif isinstance(step, ChangeItems):
                edits = tuple(edit for edit in step.edits if edit.item_id not in kept)
                calls += [ChangeItems(edits)] if edits else []
            else:
                added = tuple(fields[one] for one in step if one in fields)
                calls += [AddItems(added)] if added else []
        return tuple(calls)

    def keep(self, targets: tuple[Phrase, ...]) -> None:
        """Items that nothing of this request may touch."""
        space = self.workspace
        now = space.fields
        space.fields = {**self.gone, **now}
        try:
            self.kept += [tuple(space.targets(one)) for one in targets]
            space.last = tuple(one for ids in self.kept for one in ids)
        finally:
            space.fields = now

    # ── removing ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def _remove(self, clause: Clause) -> None:
        space = self.workspace
        ids: list[ItemId] = []
        reasons: list[str] = []
        for target in clause.targets:
            found = space.targets(target)
            ids += [one for one in found if one not in ids]
            reason = reason_of(target)
            reasons += [reason] if reason not in reasons else []
            if target.everything and not target.type and not target.condition:
                space.notes.append(f"I took «{target.said}» to mean all {len(found):,} items of every type.")
        self.steps.append(RemoveItems(tuple(ids), ", ".join(reasons)))
        for item_id in ids:
            self.gone[item_id] = space.fields.pop(item_id)
        space.last = ()

    # ── changing ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def _rename(self, clause: Clause) -> None:
        space = self.workspace
        ids = space.targets(clause.targets[0])
        if len(ids) != 1:
            raise NotUnderstoodError(
                f"Only one item can have the name «{clause.name}», so nothing was changed."
            )
        if space.lexicon.names.get(key_of(clause.name)):
            space.notes.append(f"There is already an item called «{clause.name}».")
        self._edit(ids[0], {"name": clause.name})
        space.lexicon.learn(clause.name, ids[0])
        self._edited([ItemEdit(ids[0], set={"name": clause.name})])
        space.last = (ids[0],)

    def _change(self, clause: Clause) -> None:
        space = self.workspace
        targets, assignments = clause.targets, clause.assignments
        if any(one.said == "→" for one in targets):
            targets, assignments = self._crosswise(targets)
        ids = list(dict.fromkeys(item_id for target in targets for item_id in space.targets(target)))
        edits = [self._edit_of(item_id, assignments) for item_id in ids]
        self._edited(edits)
        space.last = tuple(ids)

    def _edited(self, edits: list[ItemEdit]) -> None:
        real = tuple(edit for edit in edits if edit.item_id not in self.workspace.fresh)
        if real:
            self.steps.append(ChangeItems(real))

    def _crosswise(self, targets: tuple[Phrase, ...]) -> tuple[tuple[Phrase, ...], tuple[Assignment, ...]]:
        """`assign A to B`: whichever can stand in a field of the other is the value."""
        middle = next(index for index, one in enumerate(targets) if one.said == "→")
        sides = targets[:middle], targets[middle + 1 :]
        for subject, value in (sides, sides[::-1]):
            ids = [one for phrase in value for one in self.workspace.targets(phrase)]
            refers = {
                declared.name: spec.name
                for declared in self.workspace.types
                for spec in declared.fields.values()
                if len(ids) == 1 and spec.refers_to == self.workspace.type_of(ids[0])
            }
            subjects = [one for phrase in subject for one in self.workspace.targets(phrase)]
            if refers and all(self.workspace.type_of(one) in refers for one in subjects):
                return subject, (Assignment(refers, "", raw=self.workspace.name_of(ids[0])),)
        raise NotUnderstoodError(
            f"I do not see how «{sides[1][0].said}» goes with «{sides[0][0].said}», so nothing was changed."
        )

    def _edit_of(self, item_id: ItemId, assignments: tuple[Assignment, ...]) -> ItemEdit:
        set_: dict[str, Value] = {}
        inc: dict[str, float] = {}
        unset: list[str] = []
        for one in assignments:
            field = self._field(item_id, one)
            now = self.workspace.fields[item_id].get(field)
            if one.unset:
                if field in ("type", *self._required(item_id)):
                    raise NotUnderstoodError(f"An item cannot be without {field}, so nothing was changed.")
                unset.append(field)
                continue
            value = self._value(item_id, field, one, now)
            plain_delta = one.delta and one.number is not None and not one.number.percent and now is not None
            if plain_delta and one.number is not None:
                inc[field] = tidy(inc.get(field, 0) + one.number.value)
            else:
                set_[field] = value
            self._edit(item_id, {field: value})
        changed = {key: value for key, value in self.workspace.fields[item_id].items() if key not in unset}
        self.workspace.fields[item_id] = changed
        return ItemEdit(item_id, set=set_, unset=tuple(unset), inc=inc)

    def _edit(self, item_id: ItemId, change: Mapping[str, Value]) -> None:
        space = self.workspace
        try:
            check_fields(change)
            item_type = space.types.get(str(change.get("type", space.type_of(item_id))))
            for field, value in change.items():
                item_type.check_field(field, value)
                self._check_date(item_type.fields.get(field), value)
            if "type" in change:
                item_type.check({**space.fields[item_id], **change})
        except InvalidMessageError as error:
            raise NotUnderstoodError(
                f"{space.name_of(item_id)}: {error.message}. Nothing was changed."
            ) from error
        space.fields[item_id] = {**space.fields[item_id], **change}

    def _required(self, item_id: ItemId) -> tuple[str, ...]:
        declared = self.workspace.types.declared.get(self.workspace.type_of(item_id))
        return declared.required if declared else ("name",)

    def _field(self, item_id: ItemId, assignment: Assignment) -> str:
        item_type = self.workspace.type_of(item_id)
        if assignment.values:
            for wanted in ("supplier", "location", "category", "status"):
                mine = self.workspace.lexicon.field(wanted).get(item_type)
                if mine and any(field == mine for _, field in assignment.values):
                    return mine
            fields = {field for of, field in assignment.values if of == item_type}
            if len(fields) == 1:
                return fields.pop()
            raise NotUnderstoodError(
                f"I do not know which field «{assignment.raw}» belongs in, so nothing was changed."
            )
        field = assignment.field.get(item_type)
        if field is None and item_type not in self.workspace.types.declared and assignment.field_said:
            return key_of(assignment.field_said).replace(" ", "_")
        if field is None:
            raise NotUnderstoodError(
                f"{self.workspace.name_of(item_id)} is of type {item_type}, which has no {assignment.field_said or 'such field'}. "
                "Nothing was changed."
            )
        return field

    def _value(self, item_id: ItemId, field: str, one: Assignment, now: Value | None) -> Value:
        """What the field is to hold."""
        name = self.workspace.name_of(item_id)
        spec = self._spec(self.workspace.type_of(item_id), field)
        if one.source is not None:
            source = self.workspace.fields[item_id].get(one.source.get(self.workspace.type_of(item_id), ""))
            if source is None:
                raise NotUnderstoodError(
                    f"{name} has no such field to take the value from, so nothing was changed."
                )
            return source
        if one.delta or one.factor is not None:
            if not isinstance(now, int | float) or isinstance(now, bool):
                if now is None and one.delta and one.number is not None and not one.number.percent:
                    return tidy(one.number.value)
                raise NotUnderstoodError(f"{name} has no number in {field}, so nothing was changed.")
            if one.factor is not None:
                return tidy(now * one.factor)
            number = one.number
            assert number is not None
            return tidy(now * (1 + number.value / 100) if number.percent else now + number.value)
        if one.number is not None:
            return tidy(one.number.value)
        if (
            spec is None
            and not isinstance(now, str)
            and field not in COMMON_FIELDS
            and _NUMBER.fullmatch(one.raw)
        ):
            return tidy(float(one.raw.replace(",", "")))
        return self.text_value(one.raw, spec, field)

    def text_value(self, raw: str, spec: FieldSpec | None, field: str) -> Value:
        """A text as a value of the field's kind; for a field that refers to items, the name of the one meant."""
        space = self.workspace
        if field == "type":
            word = space.lexicon.types.get(key_of(raw))
            return word.type if word else key_of(raw)
        if spec is None:
            return raw
        if spec.choices:
            return next((choice for choice in spec.choices if key_of(str(choice)) == key_of(raw)), raw)
        if spec.kind == "array":
            return [part.strip() for part in re.split(r",|\band\b", raw) if part.strip()]
        if spec.kind == "boolean":
            return {"yes": True, "true": True, "on": True, "no": False, "false": False, "off": False}.get(
                key_of(raw), raw
            )
        if spec.refers_to:
            try:
                found = space.named(NameSaid(raw), Phrase(type=spec.refers_to))
            except NotUnderstoodError as error:
                if error.candidates and "no item" not in error.message:
                    raise
                space.notes.append(
                    f"There is no {spec.refers_to} called «{raw}» here; the name stands in {field} all the same."
                )
                return raw
            return space.name_of(found[0])
        known = {
            value for (_, name), value in space.lexicon.values.get(key_of(raw), {}).items() if name == field
        }
        return known.pop() if len(known) == 1 else raw

    def _spec(self, item_type: str, field: str) -> FieldSpec | None:
        declared = self.workspace.types.declared.get(item_type)
        return declared.fields.get(field) if declared else None

    @staticmethod
    def _check_date(spec: FieldSpec | None, value: Value) -> None:
        if spec is not None and spec.kind == "date" and not _DATE.fullmatch(str(value)):
            raise InvalidMessageError(
                f"{spec.name} must be a date such as 2026-11-20, not «{value}»", path=spec.name
            )

    # ── adding ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def _add(self, new: NewItems) -> list[ItemId]:
        wanted = new.count.value if new.count else max(1, len(new.names))
        if new.count and len(new.names) > 1 and wanted != len(new.names) and wanted != 1:
            raise NotUnderstoodError(
                f"You said {wanted:g} but gave {len(new.names)} names, so nothing was changed."
            )
        if wanted > MOST_NEW_ITEMS:
            raise NotUnderstoodError(
                f"At most {MOST_NEW_ITEMS:,} items can be added at once, not {wanted:,.0f}. Nothing was changed."
            )
        if wanted < 1 or wanted != int(wanted):
            raise NotUnderstoodError(f"I cannot add {wanted:g} items, so nothing was changed.")
        if new.count and new.count.vague:
            self.workspace.notes.append(f"I took «{new.count.vague}» to mean {wanted:g}.")
        count = max(int(wanted), len(new.names))
        names = self.names_for(new.type, count, new.names)
        return [self.add_one(new.type, name, new.assignments) for name in names]

    def names_for(self, item_type: str, count: int, given: tuple[str, ...]) -> list[str]:
        """Names for so many new items: those given, or numbered ones that are free."""
        taken = self.workspace.lexicon.names
        if len(given) == count:
            for name in given:
                if taken.get(key_of(name)):
                    self.workspace.notes.append(f"There is already an item called «{name}».")
            return list(given)
        declared = self.workspace.types.declared.get(item_type)
        stem = given[0] if given else (declared.title if declared and declared.title else item_type)
        stem = stem if given else stem[:1].upper() + stem[1:]
        names: list[str] = []
        number = 0
        while len(names) < count:
            number += 1
            if not taken.get(key_of(f"{stem} {number}")):
                names.append(f"{stem} {number}")
        return names

    def add_one(self, item_type: str, name: str, assignments: tuple[Assignment, ...]) -> ItemId:
        """One new item, with the defaults of its type for what nobody gave."""
        self.new_ids += 1
        item_id = ItemId(f"\0new {self.new_ids}")
        space = self.workspace
        space.fields[item_id] = {"type": item_type, "name": name}
        space.fresh.add(item_id)
        try:
            declared = space.types.get(item_type)
            given: dict[str, Value] = {}
            for one in assignments:
                field = self._field(item_id, one)
                if not one.unset:
                    given[field] = self._value(item_id, field, one, None)
            self._edit(item_id, {"name": name, **given})
            defaults = {
                spec.name: spec.default
                for spec in declared.fields.values()
                if spec.default is not None
                and spec.name not in given
                and not any(one.unset and self._field(item_id, one) == spec.name for one in assignments)
            }
            space.fields[item_id] = {**space.fields[item_id], **defaults}
            declared.check(space.fields[item_id])
        except InvalidMessageError as error:
            raise NotUnderstoodError(f"{error.message}. Nothing was changed.") from error
        space.lexicon.learn(name, item_id)
        return item_id


def reason_of(target: Phrase) -> str:
    """Why these are removed, in words a person reads next to the removal."""
    if target.names:
        return "requested by name"
    said = target.condition.said if target.condition else target.extreme.said if target.extreme else ""
    return said or "requested"
