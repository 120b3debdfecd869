"""The services that every run uses: parts of the engine, the ports below it, and the options."""

from collections.abc import Mapping

import attrs

from streamd.config import AgentOptions, ModelOptions, RunsOptions
from streamd.core.item_type import ItemTypes
from streamd.engine.delivery import WaitingBytes
from streamd.engine.journal import Journal
from streamd.engine.live._loop_throttle import LoopThrottle
from streamd.engine.live.intent_routes import IntentRoutes
from streamd.engine.live.loop_watch import LoopWatch
from streamd.engine.live.model_paces import ModelPaces
from streamd.engine.live.model_windows import ModelWindows
from streamd.engine.live.preload import Preload
from streamd.engine.live.progress_board import ProgressBoard
from streamd.engine.live.shared_items import SharedItems
from streamd.engine.live.spending import Spending
from streamd.facts import frozen
from streamd.ports.agent import Agent
from streamd.ports.clock import Clock
from streamd.ports.knowledge import Knowledge
from streamd.ports.language import Language
from streamd.ports.metrics import Metrics
from streamd.ports.model import Model
from streamd.ports.store import Store
from streamd.ports.tool import Dependency
from streamd.ports.tool_source import ToolSource


@frozen
class RunServices:
    """The services of every run."""

    journal: Journal
    store: Store
    shared_items: SharedItems
    knowledge: Knowledge
    model: Model
    rules: Model
    """The offline model, for requests with a structured context."""
    language: Language
    types: ItemTypes
    clock: Clock
    agents: Mapping[str, Agent]
    routes: IntentRoutes
    """Which agent takes which kind of request."""
    board: ProgressBoard
    options: RunsOptions
    model_options: ModelOptions
    agent_options: Mapping[str, AgentOptions]
    """Options of single agents, by name."""
    preload: Preload
    """What runs wait for before they start."""
    metrics: Metrics
    """What is counted of all runs."""
    waiting: WaitingBytes
    """The account of what waits in memory."""
    owner: str
    """The name of this daemon's lease, for the records of its runs."""
    paces: ModelPaces
    """How fast all runs together ask each model."""
    windows: ModelWindows
    """How much each model reads at once."""
    spending: Spending
    """What users and workspaces may use of language models."""
    dependencies: Mapping[Dependency, object]
    """What tools depend on, opened."""
    loop_watch: LoopWatch
    """Names nodes that block the event loop."""
    more_tools: ToolSource
    """Tools beside those of the agents."""
    chunk_throttle: LoopThrottle = attrs.field(factory=lambda: LoopThrottle(32))
    """Throttles chunks of models: a fraction of a millisecond each."""

    def timeout_of(self, agent: str, usual_seconds: float) -> float:
        """The timeout of an agent in seconds: its own option, or the usual one."""
        options = self.agent_options.get(agent)
        own = None if options is None else options.timeout_seconds
        return usual_seconds if own is None else own

    def instructions_for(self, agent: str) -> str:
        """The operator's addition to an agent's system prompt; empty for most."""
        options = self.agent_options.get(agent)
        return "" if options is None else options.instructions or ""
