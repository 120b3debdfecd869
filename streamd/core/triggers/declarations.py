"""Checks declared triggers against the agents, item types and time zones that there are, and reports every mistake at once."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final

import attrs
import orjson

from streamd.core.criteria import Criterion, Where, parse_conditions
from streamd.core.event import ITEM_EVENT_TYPES
from streamd.core.item_type import COMMON_FIELDS, ItemTypes
from streamd.core.lists.view import View
from streamd.core.principal import RIGHTS
from streamd.core.triggers.event_match import EventMatch
from streamd.core.triggers.schedule import CronTextError, Schedule, TimeZoneError, schedule_from
from streamd.core.triggers.trigger import Trigger
from streamd.errors import InvalidMessageError, Mistake, NotFoundError, did_you_mean
from streamd.facts import frozen

_EVENT_KEYS: Final = ("event", "item_types", "fields", "where", "enters")
_PUBLISH_KEYS: Final = ("publish", "where")
_OF_EVENTS: Final = ("again", "batch_max", "debounce_seconds")
_OF_SCHEDULES: Final = ("timezone", "catch_up")


@frozen(eq=False)
class ActiveTrigger:
    """A trigger whose declaration was found right, with what it was parsed to: either a `match` or a `schedule`."""

    trigger: Trigger
    match: EventMatch | None
    schedule: Schedule | None

    @property
    def name(self) -> str:
        """Name of the trigger."""
        return self.trigger.name


@frozen
class Declaration:
    """A trigger, and where it is declared, for messages: `triggers.nightly`."""

    trigger: Trigger
    place: str


def active_triggers(
    declarations: Iterable[Declaration], agents: Collection[str], types: ItemTypes, time_zone: str
) -> tuple[Mapping[str, ActiveTrigger], list[Mistake]]:
    """Return the triggers that are enabled by name, and the mistakes in all of them. `time_zone`: where one names none."""
    found: dict[str, ActiveTrigger] = {}
    names: set[str] = set()
    mistakes: list[Mistake] = []
    for declaration in declarations:
        reader = _Reader(declaration, types, mistakes)
        active = reader.active(agents, time_zone)
        if declaration.trigger.name in names:
            reader.mistake("", "another trigger has this name; give it another")
        elif active is not None and declaration.trigger.enabled:
            found[active.name] = active
        names.add(declaration.trigger.name)
    return found, mistakes


@frozen
class _Reader:
    declaration: Declaration
    types: ItemTypes
    mistakes: list[Mistake]

    def mistake(self, key: str, what: str) -> None:
        place = self.declaration.place
        self.mistakes.append(Mistake(f"{place}.{key}" if key else place, what))

    def active(self, agents: Collection[str], time_zone: str) -> ActiveTrigger | None:
        """The trigger as it works; None where it cannot."""
        trigger, before = self.declaration.trigger, len(self.mistakes)
        if trigger.agent not in agents:
            self.mistake("agent", f"there is no agent {trigger.agent}{did_you_mean(trigger.agent, agents)}")
        if not trigger.workspaces:
            self.mistake("workspaces", "must name one workspace at least")
        for right in trigger.rights:
            if right not in RIGHTS:
                self.mistake("rights", f"there is no right {right}; there are {', '.join(RIGHTS)}")
        if "read" not in trigger.rights:
            self.mistake("rights", "must have read, which every other right needs beside it")
        self._check_context(trigger.context)
        match = schedule = None
        if (trigger.on is None) is not bool(trigger.schedule):
            self.mistake("", "must say either on, with an event, or schedule, with a cron text")
        elif trigger.on is not None:
            match = self._match(trigger.on)
            self._refuse_set(_OF_SCHEDULES, "only a schedule has it")
        else:
            schedule = self._schedule(trigger.schedule, trigger.timezone or time_zone or "UTC")
            self._refuse_set(_OF_EVENTS, "only a trigger on events has it")
        return None if len(self.mistakes) > before else ActiveTrigger(trigger, match, schedule)

    def _refuse_set(self, names: Sequence[str], why: str) -> None:
        usual = attrs.fields_dict(Trigger)
        for name in names:
            if getattr(self.declaration.trigger, name) != usual[name].default:
                self.mistake(name, why)

    def _check_context(self, context: Mapping[str, object]) -> None:
        if "trigger" in context:
            self.mistake("context.trigger", "is what the daemon tells there; give it another name")
        try:
            orjson.dumps(dict(context))
        except TypeError as error:
            self.mistake("context", f"must be JSON: {error}")

    def _schedule(self, text: str, zone: str) -> Schedule | None:
        try:
            return schedule_from(text, zone)
        except TimeZoneError as error:
            self.mistake("timezone", str(error))
            if zone != "UTC":
                self._schedule(text, "UTC")  # for the mistakes in the text
        except CronTextError as error:
            self.mistake("schedule", str(error))
        return None

    def _match(self, on: Mapping[str, object]) -> EventMatch | None:
        is_published = "publish" in on
        known = _PUBLISH_KEYS if is_published else _EVENT_KEYS
        for key in on:
            if key not in known:
                self.mistake(f"on.{key}", f"there is no such option{did_you_mean(key, known)}")
        event_types = self._texts(on, "publish" if is_published else "event")
        if not event_types:
            self.mistake("on", "must say which event, or what somebody publishes: event or publish")
        for one in event_types:
            if is_published and one in ITEM_EVENT_TYPES:
                self.mistake("on.publish", f"nobody can publish {one}; say event = {one}")
            elif not is_published and one not in ITEM_EVENT_TYPES:
                told = ", ".join(sorted(ITEM_EVENT_TYPES))
                near = did_you_mean(one, ITEM_EVENT_TYPES)
                self.mistake("on.event", f"there is no event {one}; there are {told}{near}")
        if is_published:
            where = self._where(on, None, declared=False)
            return EventMatch(frozenset(event_types), View(None, where), is_published=True)
        enters = on.get("enters", False)
        if not isinstance(enters, bool):
            self.mistake("on.enters", "must be true or false")
        item_types = self._item_types(on)
        fields = self._texts(on, "fields")
        for one in fields:
            self._check_field(one, item_types, "on.fields")
        where = self._where(on, item_types, declared=True)
        return EventMatch(
            frozenset(event_types), View(item_types, where), frozenset(fields), enters=enters is True
        )

    def _item_types(self, on: Mapping[str, object]) -> frozenset[str] | None:
        named = self._texts(on, "item_types")
        for one in named:
            near = did_you_mean(one, self.types.declared)
            if one not in self.types.declared and (near or not self.types.accept_undeclared):
                self.mistake("on.item_types", f"there is no item type {one}{near}")
        return frozenset(named) or None

    def _check_field(self, name: str, item_types: frozenset[str] | None, path: str) -> None:
        """Note a field that no item can have, or that is misspelled."""
        declared = self.types.declared
        if not declared or not declared.keys() >= (item_types or set()):
            return  # of a type that is not declared nothing is known
        kinds = [declared[one] for one in item_types] if item_types else list(declared.values())
        fields = COMMON_FIELDS.union({"id"}, *(kind.fields for kind in kinds))
        if name in fields:
            return
        is_open = any(kind.other_fields for kind in kinds) or (
            item_types is None and self.types.accept_undeclared
        )
        near = did_you_mean(name, sorted(fields))
        if not is_open or near:
            self.mistake(path, f"there is no field {name}{near}")

    def _where(self, on: Mapping[str, object], item_types: frozenset[str] | None, *, declared: bool) -> Where:
        def named(name: str) -> Mapping[str, Criterion]:
            return self.types.criterion(name, item_types)

        given = on.get("where", [])
        of_types = self.types.declared.values() if item_types is None else ()
        kinds = [
            *of_types,
            *(self.types.declared[one] for one in item_types or () if one in self.types.declared),
        ]
        rules: dict[str, Any] = (
            {
                "fields": COMMON_FIELDS.union(*(kind.fields for kind in kinds)),
                "numbers": self.types.numeric_fields(item_types),
                "literals": self.types.literals(item_types),
                "criteria": named,
            }
            if declared
            else {}
        )
        try:
            where = parse_conditions(given, path="on.where", **rules)
        except InvalidMessageError as error:
            place, _, what = error.message.partition(" ")
            is_place = place.startswith("on.where")
            self.mistake(place if is_place else "on.where", what if is_place else error.message)
        except NotFoundError as error:
            self.mistake("on.where", error.message)
        else:
            if declared:
                for condition in where:
                    self._check_field(condition.field, item_types, "on.where")
            return where
        return Where()

    def _texts(self, on: Mapping[str, object], key: str) -> tuple[str, ...]:
        given = on.get(key, ())
        members = [given] if isinstance(given, str) else given
        if isinstance(members, list | tuple) and all(isinstance(one, str) and one for one in members):
            return tuple(members)
        self.mistake(f"on.{key}", "must be a text or a list of texts")
        return ()
