"""The meter: what a run has used, and the end of it when that is too much."""

import attrs

from streamd.core.run import Budget
from streamd.core.usage import NOTHING_USED, Usage
from streamd.errors import BudgetExceededError


def budget_for(wished: Budget, max_tokens: int, max_cost_usd: float) -> Budget:
    """What a run may use: what its request says, and never more than is configured. 0 is no limit."""
    tokens = [most for most in (wished.tokens, max_tokens or None) if most is not None]
    dollars = [most for most in (wished.cost_usd, max_cost_usd or None) if most is not None]
    return Budget(wished.seconds, min(tokens, default=None), min(dollars, default=None))


@attrs.define
class Meter:
    """Adds up the turns of one run."""

    budget: Budget
    used: Usage = NOTHING_USED
    """Turns that are over, also of the runs that this one resumes."""
    _open: dict[str, Usage] = attrs.field(factory=dict)
    """What turns that go on have used until now."""
    _agents: dict[str, Usage] = attrs.field(factory=dict)
    """What each agent has used in turns that are over."""
    _whose: dict[str, str] = attrs.field(factory=dict)
    """Whose the turns are that go on."""

    @property
    def usage(self) -> Usage:
        """Everything until now."""
        return sum(self._open.values(), self.used)

    def of(self, agent: str) -> Usage:
        """What one agent has used until now."""
        going_on = (usage for turn, usage in self._open.items() if self._whose.get(turn) == agent)
        return sum(going_on, self._agents.get(agent, NOTHING_USED))

    def report(self, turn: str, usage: Usage, agent: str = "") -> None:
        """Say what a turn of an agent has used until now.

        Raises:
            BudgetExceededError: that is more than the run may use.

        """
        self._open[turn] = usage
        self._whose[turn] = agent
        self.check()

    def close(self, turn: str, usage: Usage | None = None) -> None:
        """Say that a turn is over, and what it used; without a usage what it said last counts, as an estimate."""
        reported = self._open.pop(turn, NOTHING_USED)
        agent = self._whose.pop(turn, "")
        if usage is None:
            usage = attrs.evolve(reported, estimated=True) if reported.tokens else reported
        self.used += usage
        self._agents[agent] = self._agents.get(agent, NOTHING_USED) + usage

    def check(self) -> None:
        """Refuse to go on beyond the budget. Raises BudgetExceededError."""
        usage, budget = self.usage, self.budget
        if budget.tokens is not None and usage.tokens > budget.tokens:
            raise BudgetExceededError(
                f"the request used {usage.tokens:,} tokens and may use {budget.tokens:,}; "
                "what was done stays done, ask for less or allow more",
                tokens=usage.tokens,
            )
        if budget.cost_usd is not None and usage.cost_usd > budget.cost_usd:
            raise BudgetExceededError(
                f"the request cost {usage.cost_usd:.4f} USD and may cost {budget.cost_usd:.4f}; "
                "what was done stays done, ask for less or allow more",
                cost_usd=usage.cost_usd,
            )
