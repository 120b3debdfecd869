"""Tells what language models used, and what is left of the budgets."""

from collections.abc import Collection, Sequence
from typing import Final

from streamd.core.usage import NOTHING_USED, DayUsage, Usage, UsageFilter, UsageKey
from streamd.engine.live import Allowance
from streamd.errors import InvalidMessageError
from streamd.facts import frozen
from streamd.service.actor import Actor
from streamd.service.use_case import Service, use_case

_BY_DAY: Final[tuple[UsageKey, ...]] = ("day",)


@frozen
class UsageReport:
    """Usage on some days, in all and by some keys, and the budgets as they stand now."""

    wanted: UsageFilter
    by: Collection[UsageKey]
    total: Usage
    rows: Sequence[DayUsage]
    allowances: Sequence[Allowance]


@use_case("read")
async def get_usage(
    service: Service,
    actor: Actor,
    *,
    first_day: str | None = None,
    last_day: str | None = None,
    by: Collection[UsageKey] | None = None,
    agent: str | None = None,
    user_id: str | None = None,
    limit: int,
) -> UsageReport:
    """Add up what was used by the actor; by the whole workspace or another user with the right `admin`.

    Days are `YYYY-MM-DD` in UTC: by default those of this month, until today. Raises ForbiddenError, and
    InvalidMessageError where the first day is after the last.
    """
    may_see_all = actor.principal.may("admin", actor.workspace)
    if user_id is None:
        user_id = None if may_see_all else actor.user_id
    elif user_id != actor.user_id:
        actor.check("admin")
    engine = service.engine
    today = engine.clock.text(engine.clock.now_ms())[:10]
    last = last_day or max(today, first_day or today)
    if first_day is not None and first_day > last:
        raise InvalidMessageError("first_day is after last_day; exchange them", path="first_day")
    wanted = UsageFilter(first_day or f"{last[:7]}-01", last, user_id, agent)
    await engine.journal.flushed(actor.workspace)
    total = await engine.store.usage(actor.workspace, wanted, (), 1)
    by = _BY_DAY if by is None else by
    rows = await engine.store.usage(actor.workspace, wanted, by, limit + 1)
    spending = engine.runs.services.spending
    allowances = await spending.allowances(actor.workspace, user_id or actor.user_id)
    return UsageReport(
        wanted,
        by,
        total[0].usage if total else NOTHING_USED,
        rows,
        [one for one in allowances if one.of == "user" or may_see_all],
    )
