"""The meter: adds up the usage of a run and ends it beyond its budget."""

from collections.abc import Mapping

import attrs

from streamd.core.run import Budget
from streamd.core.usage import NOTHING_USED, Usage
from streamd.errors import BudgetExceededError
from streamd.facts import define


def budget_for(requested: Budget, max_tokens: int, max_cost_usd: float) -> Budget:
    """The budget of a run: the requested one, within the configured limits. 0 is no limit."""
    tokens = [most for most in (requested.tokens, max_tokens or None) if most is not None]
    dollars = [most for most in (requested.cost_usd, max_cost_usd or None) if most is not None]
    return Budget(requested.seconds, min(tokens, default=None), min(dollars, default=None))


@define
class Meter:
    """Adds up the usage of the turns of one run."""

    budget: Budget
    used: Usage = NOTHING_USED
    """Usage of finished turns."""
    before: Usage = NOTHING_USED
    """Usage of the runs that this one resumes, which counts for the budget alone."""
    _open: dict[str, Usage] = attrs.field(factory=dict)
    """Usage of open turns until now."""
    _agents: dict[str, Usage] = attrs.field(factory=dict)
    """Usage of each agent in finished turns."""
    _turn_agents: dict[str, str] = attrs.field(factory=dict)
    """The agents of open turns."""
    _unrecorded: dict[str, Usage] = attrs.field(factory=dict)
    """Usage of each agent in finished turns that no commit has recorded yet."""

    @property
    def usage(self) -> Usage:
        """The usage of the run itself until now."""
        return sum(self._open.values(), self.used)

    def of(self, agent: str) -> Usage:
        """The usage of one agent until now."""
        open_usage = (usage for turn, usage in self._open.items() if self._turn_agents.get(turn) == agent)
        return sum(open_usage, self._agents.get(agent, NOTHING_USED))

    def report(self, turn: str, usage: Usage, agent: str = "") -> None:
        """Report the usage of an agent's open turn until now.

        Raises:
            BudgetExceededError: the run has used more than its budget.

        """
        self._open[turn] = usage
        self._turn_agents[turn] = agent
        self.check()

    def close(self, turn: str, usage: Usage | None = None, agent: str = "") -> Usage:
        """Finish an agent's turn with its usage, and return it; without one the last report counts, as an estimate."""
        reported = self._open.pop(turn, NOTHING_USED)
        agent = self._turn_agents.pop(turn, agent)
        if usage is None:
            usage = attrs.evolve(reported, estimated=True) if reported.tokens else reported
        self.used += usage
        for sums in (self._agents, self._unrecorded) if usage != NOTHING_USED else ():
            sums[agent] = sums.get(agent, NOTHING_USED) + usage
        return usage

    def take_unrecorded(self) -> Mapping[str, Usage]:
        """Take the usage of each agent in turns that have finished since the last time: the next commit records it."""
        taken, self._unrecorded = self._unrecorded, {}
        return taken

    def check(self) -> None:
        """Raise BudgetExceededError if the run has used more than its budget."""
        usage, budget = self.usage + self.before, self.budget
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
