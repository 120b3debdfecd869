"""What every run works with: the parts of the engine and the seams below it, and the options."""

from collections.abc import Mapping

import attrs

from streamd.config import AgentOptions, ModelOptions, RunsOptions
from streamd.core.item_type import ItemTypes
from streamd.engine.journal import Journal
from streamd.engine.live._loop_throttle import LoopThrottle
from streamd.engine.live.intent_routes import IntentRoutes
from streamd.engine.live.progress_board import ProgressBoard
from streamd.engine.live.shared_items import SharedItems
from streamd.ports.agent import Agent
from streamd.ports.clock import Clock
from streamd.ports.knowledge import Knowledge
from streamd.ports.language import Language
from streamd.ports.model import Model
from streamd.ports.store import Store


@attrs.frozen
class RunServices:
    """Handed to every run."""

    journal: Journal
    store: Store
    shared_items: SharedItems
    knowledge: Knowledge
    model: Model
    rules: Model
    """The offline model: for requests whose context says all there is to say."""
    language: Language
    types: ItemTypes
    clock: Clock
    agents: Mapping[str, Agent]
    routes: IntentRoutes
    """Which of them takes which kind of request."""
    board: ProgressBoard
    options: RunsOptions
    model_options: ModelOptions
    agent_options: Mapping[str, AgentOptions]
    """By agent: what one of them has otherwise."""
    owner: str
    """Of the lease that this daemon holds, for the records of its runs."""
    parse_throttle: LoopThrottle = attrs.field(factory=lambda: LoopThrottle(1))
    """Runs that look what they are asked for: some milliseconds each."""
    chunk_throttle: LoopThrottle = attrs.field(factory=lambda: LoopThrottle(32))
    """What models say: a fraction of a millisecond each."""

    def timeout_of(self, agent: str, usual_seconds: float) -> float:
        """How long an agent may take in seconds: as usual, or what it has otherwise."""
        options = self.agent_options.get(agent)
        own = None if options is None else options.timeout_seconds
        return usual_seconds if own is None else own

    def instructions_for(self, agent: str) -> str:
        """What the operator adds to an agent's system prompt; empty for most."""
        options = self.agent_options.get(agent)
        return "" if options is None else options.instructions or ""
