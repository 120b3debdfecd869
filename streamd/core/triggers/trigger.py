"""Triggers as an agent's code or the configuration declares them, and how far each has come."""

import sys
from collections.abc import Iterable, Mapping
from typing import Final

import attrs
from attrs import validators as must

from streamd.core.item import START, Seq
from streamd.core.principal import Principal, Right
from streamd.facts import frozen

USER_PREFIX: Final = "trigger "
"""Before the name of a trigger: the user of its runs, in events, histories and lists."""


def _texts(given: Iterable[str]) -> tuple[str, ...]:
    if isinstance(given, str):
        raise ValueError(f"{given!r} must stand in a collection, even when it is the only one")  # noqa: TRY004
    return tuple(given)


def _mapping(given: Mapping[str, object] | None) -> Mapping[str, object] | None:
    found: object = given
    if found is not None and not isinstance(found, Mapping):
        raise ValueError(f"on has options, such as {{'event': 'item_added'}}, and is not {given!r}")
    return given


def _rights(given: Iterable[Right]) -> tuple[Right, ...]:
    _texts(given)
    return tuple(given)


def _made_at() -> str:
    """Return the file and the line of code that makes a trigger."""
    made = sys._getframe(2)  # noqa: SLF001 - beyond this function and `__init__`; without loading inspect
    return f"{made.f_code.co_filename}:{made.f_lineno}"


def _whole(least: int) -> must.and_:  # type: ignore[valid-type]
    return must.and_(must.instance_of(int), must.ge(least))


@frozen
class Trigger:
    """Starts runs of an agent: for events, for what somebody publishes, or at times of a schedule.

    Exactly one of `on` and `schedule` is given. What stands in them is checked when the daemon loads them, with the same
    messages as in `config.toml`, where a table `[triggers.<name>]` replaces the trigger of the same name as a whole.
    """

    name: str = attrs.field(validator=must.matches_re(r"[a-z0-9][a-z0-9_-]{0,63}"))
    """Small letters, digits, `-` and `_`."""
    request: str = attrs.field(validator=must.min_len(1))
    """The text of its requests."""
    on: Mapping[str, object] | None = attrs.field(default=None, converter=_mapping, kw_only=True)
    """The events: `{"event": "field_changed", "item_types": [...], "fields": [...], "where": [...], "enters": True}`, or
    `{"publish": "price_alert", "where": [...]}`."""
    schedule: str = attrs.field(default="", kw_only=True)
    """Cron text of five fields: minute, hour, day of the month, month, day of the week."""
    timezone: str = attrs.field(default="", kw_only=True)
    """Of the schedule, like `Europe/Berlin`; empty: `runs.time_zone`, or UTC."""
    agent: str = attrs.field(default="", kw_only=True)
    """Name of the agent; in an agent's own declaration it is that agent."""
    context: Mapping[str, object] = attrs.field(factory=dict, kw_only=True)
    """The context of its requests; `trigger` is added, with what it fired for."""
    workspaces: tuple[str, ...] = attrs.field(default=("default",), converter=_texts, kw_only=True)
    """In each it fires for itself."""
    rights: tuple[Right, ...] = attrs.field(default=("read", "edit"), converter=_rights, kw_only=True)
    """Rights of its runs."""
    enabled: bool = attrs.field(default=True, kw_only=True)
    again: bool = attrs.field(default=False, kw_only=True)
    """Whether events of its own runs fire it, too."""
    max_chain: int = attrs.field(default=5, validator=_whole(1), kw_only=True)
    """Most runs of triggers that follow from each other, its own among them."""
    max_running: int = attrs.field(default=1, validator=_whole(1), kw_only=True)
    """Runs of it at the same time, in a workspace; what comes meanwhile waits."""
    max_per_minute: int = attrs.field(default=60, validator=_whole(1), kw_only=True)
    """Runs that it starts within a minute, in a workspace; what comes then waits."""
    batch_max: int = attrs.field(default=1, validator=_whole(1), kw_only=True)
    """Events that one run is given, at most."""
    debounce_seconds: float = attrs.field(default=0.0, validator=must.ge(0), kw_only=True)
    """Between the first event and the run that is given it and those that came meanwhile."""
    catch_up: bool = attrs.field(default=True, kw_only=True)
    """Whether a schedule that was due while the daemon was down fires at its start, once for the latest time that was missed."""
    origin: str = attrs.field(factory=_made_at, kw_only=True, eq=False, repr=False)
    """Where it is made, for messages: file and line."""

    @property
    def user_id(self) -> str:
        """The user of its runs."""
        return USER_PREFIX + self.name

    @property
    def principal(self) -> Principal:
        """The principal of its runs. Nobody else proves this user id, as no token is made for one with a blank."""
        return Principal(self.user_id, True, frozenset(self.workspaces), frozenset(self.rights))


@frozen
class TriggerPosition:
    """The place in a workspace up to which a trigger has served everything, or passed it over for good."""

    workspace: str
    trigger: str
    seq: Seq = START
    """Of the workspace's events; unused with a schedule."""
    due_ms: int = 0
    """The last due time, as Unix time; unused without a schedule."""
    schedule: str = ""
    """The schedule that `due_ms` belongs to; empty without one."""

    @property
    def key(self) -> tuple[str, str]:
        """Workspace and trigger, of which there is one position."""
        return self.workspace, self.trigger


@frozen
class TriggerMove:
    """A change of a position. It is refused where another one was made meanwhile: so nothing is served twice."""

    before: TriggerPosition | None
    """The position that it was decided on; None: there was none."""
    after: TriggerPosition | None
    """None removes it."""

    @property
    def key(self) -> tuple[str, str]:
        """Workspace and trigger."""
        one = self.after or self.before
        if one is None:
            raise ValueError("a move has at least one position")
        return one.key
