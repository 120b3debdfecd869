"""A visit of a node, as far as it is only looked at: its run, its request and what is known of them."""

import attrs

from streamd.core.item_type import ItemTypes
from streamd.core.run import Outcome, RunOptions, RunRequest
from streamd.core.thread import State
from streamd.core.tool_calls import Understanding
from streamd.engine.tools import CallScope
from streamd.facts import define
from streamd.ports.language import Language


@define(eq=False)
class RunView(CallScope):
    """The facts of one visit of a node."""

    request: RunRequest
    state: State
    understood: Understanding

    @property
    def options(self) -> RunOptions:
        """Options of the request; absent ones are as configured."""
        asked, usual = self.request.options, self.live.services.options.max_revisions
        return asked if asked.max_revisions is not None else attrs.evolve(asked, max_revisions=usual)

    @property
    def understanding(self) -> Understanding:
        """The request's meaning by the rules of the language."""
        if "/" not in self.path:  # a consulted agent's query is not the run's request
            self.live.state.reads_understanding = True
        return self.understood

    @property
    def language(self) -> Language:
        """The language of the daemon's users."""
        return self.live.services.language

    @property
    def types(self) -> ItemTypes:
        """The declared item types."""
        return self.live.services.types

    @property
    def outcome(self) -> Outcome:
        """The run's changes so far."""
        return self.live.state.changes.outcome

    @property
    def model(self) -> str:
        """The name of the model of this agent."""
        return self.live.model.name(self.agent.name)
