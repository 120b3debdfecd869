"""Spending: what users and workspaces have used of language models, and what they may use in a day and a month."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, Literal, TypeAlias

from streamd.config import BudgetOptions
from streamd.core.usage import NOTHING_USED, Usage, UsageFilter
from streamd.engine.journal import Journal
from streamd.errors import BudgetSpentError
from streamd.facts import frozen
from streamd.ports.clock import Clock
from streamd.ports.store import UsageStore

Of: TypeAlias = Literal["user", "workspace"]
BudgetPeriod: TypeAlias = Literal["day", "month"]
Unit: TypeAlias = Literal["tokens", "cost_usd"]
_OF: Final[tuple[Of, ...]] = ("user", "workspace")
_PERIODS: Final[tuple[BudgetPeriod, ...]] = ("day", "month")
_UNITS: Final[tuple[Unit, ...]] = ("tokens", "cost_usd")


@frozen
class Allowance:
    """A budget of a user or a workspace in a period, and what is used of it."""

    of: Of
    per: BudgetPeriod
    unit: Unit
    limit: float
    used: float
    renewed_ms: int
    """Unix time at which the period ends."""


@frozen
class Spending:
    """Compares what is stored of usage with the configured budgets. What is in work counts when it has been committed."""

    store: UsageStore
    journal: Journal
    clock: Clock
    options: BudgetOptions

    async def allowances(self, workspace: str, user_id: str) -> Sequence[Allowance]:
        """List the budgets that are configured, with what is used of them."""
        now = datetime.fromtimestamp(self.clock.now_ms() / 1000, UTC)
        if not any(True for _ in self._limits()):
            return ()
        await self.journal.flushed(workspace)
        used: dict[tuple[Of, BudgetPeriod], Usage] = {}
        found: list[Allowance] = []
        for of, per, unit, limit in self._limits():
            if (of, per) not in used:
                first = now.date() if per == "day" else now.date().replace(day=1)
                wanted = UsageFilter(
                    first.isoformat(), now.date().isoformat(), user_id if of == "user" else None
                )
                rows = await self.store.usage(workspace, wanted, (), 1)
                used[of, per] = rows[0].usage if rows else NOTHING_USED
            spent = used[of, per].tokens if unit == "tokens" else used[of, per].cost_usd
            found.append(Allowance(of, per, unit, limit, spent, _renewed_ms(now, per)))
        return found

    async def check(self, workspace: str, user_id: str) -> None:
        """Raise BudgetSpentError where a budget of the user or the workspace is used up."""
        spent = [one for one in await self.allowances(workspace, user_id) if one.used >= one.limit]
        if not spent:
            return
        one = max(spent, key=lambda one: one.renewed_ms)
        whose = f"user {user_id}" if one.of == "user" else f"workspace {workspace}"
        renewed = self.clock.text(one.renewed_ms)
        raise BudgetSpentError(
            f"{whose} has used the language models' budget of this {one.per}: {_amount(one.used, one.unit)} of "
            f"{_amount(one.limit, one.unit)}; ask again from {renewed} on, or have budget.{_name(one.of, one.unit, one.per)} raised",
            of=one.of, per=one.per, unit=one.unit, limit=one.limit, used=round(one.used, 6),
            retry_after_ms=one.renewed_ms - self.clock.now_ms(),
        )  # fmt: skip

    def _limits(self) -> Iterator[tuple[Of, BudgetPeriod, Unit, float]]:
        for of in _OF:
            for per in _PERIODS:
                for unit in _UNITS:
                    limit: float = getattr(self.options, _name(of, unit, per))
                    if limit:
                        yield of, per, unit, limit


def _name(of: Of, unit: Unit, per: BudgetPeriod) -> str:
    return f"{of}_{unit}_per_{per}"


def _amount(amount: float, unit: Unit) -> str:
    return f"{amount:,.0f} tokens" if unit == "tokens" else f"{amount:,.2f} USD"


def _renewed_ms(now: datetime, per: BudgetPeriod) -> int:
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    if per == "month":
        midnight = (midnight.replace(day=1) + timedelta(days=32)).replace(day=1)
    else:
        midnight += timedelta(days=1)
    return int(midnight.timestamp() * 1000)
