"""A visit of a node, as far as it is only looked at: its run, its request and what is known of them."""

import attrs
import structlog

from streamd.core.item_type import ItemTypes
from streamd.core.run import Outcome, RunId, RunOptions, RunRequest
from streamd.core.thread import State
from streamd.core.tool_calls import Understanding
from streamd.engine.live import LiveRun
from streamd.ports.agent import Agent
from streamd.ports.language import Language
from streamd.ports.run import RunLog


@attrs.define(eq=False)
class RunView:
    """The facts of one visit of a node."""

    live: LiveRun
    agent: Agent
    path: str
    """The step's name."""
    request: RunRequest
    state: State
    understood: Understanding

    @property
    def run_id(self) -> RunId:
        """The run's own id."""
        return self.live.record.run_id

    @property
    def thread_id(self) -> str:
        """The thread it belongs to."""
        return self.live.record.thread_id

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

    @property
    def log(self) -> RunLog:
        """A logger whose events carry the run, the agent and the node."""
        logger: RunLog = structlog.get_logger("streamd.agents").bind(
            run=self.run_id, agent=self.agent.name, node=self.path
        )
        return logger
