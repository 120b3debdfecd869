"""What every run works with: the parts of the engine and the seams below it, and the limits."""

from collections.abc import Mapping

import attrs

from streamd.core.item_type import ItemTypes
from streamd.engine.journal.writer import Journal
from streamd.engine.live.intent_routes import IntentRoutes
from streamd.engine.live.loop_throttle import LoopThrottle
from streamd.engine.live.progress_board import ProgressBoard
from streamd.engine.live.shared_items import SharedItems
from streamd.ports.agent import Agent
from streamd.ports.clock import Clock
from streamd.ports.knowledge import Knowledge
from streamd.ports.language import Language
from streamd.ports.model import Model
from streamd.ports.store import Store


@attrs.frozen
class RunLimits:
    """What runs may take. See `[runs]` and `[models]` in `config.toml`. 0 is no limit where that is allowed."""

    max_concurrent: int = 200
    max_concurrent_per_user: int = 20
    timeout_seconds: float = 300.0
    max_items: int = 10_000
    approve_removals_over: int = 0
    interrupt_expires_seconds: float = 0.0
    max_attempts: int = 3
    """How often a run is begun, counting those that the daemon's death ended."""
    max_tokens: int = 0
    max_cost_usd: float = 0.0
    max_model_turns: int = 25
    max_revisions: int = 2
    supporting_timeout_seconds: float = 60.0
    retry_base_seconds: float = 1.0
    max_model_attempts: int = 5
    agent_timeout_seconds: Mapping[str, float] = attrs.field(factory=dict)
    """By agent; those that are not named have `timeout_seconds`."""
    instructions: Mapping[str, str] = attrs.field(factory=dict)
    """By agent: what the operator adds to what a language model is told."""


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
    limits: RunLimits
    owner: str
    """Of the lease that this daemon holds, for the records of its runs."""
    parse_throttle: LoopThrottle = attrs.field(factory=lambda: LoopThrottle(1))
    """Runs that look what they are asked for: some milliseconds each."""
    chunk_throttle: LoopThrottle = attrs.field(factory=lambda: LoopThrottle(32))
    """What models say: a fraction of a millisecond each."""
