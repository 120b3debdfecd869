"""What a node of an agent can do: ask a model, use tools, consult another agent, ask a person, remember.

`RunContext` is the run as one visit of a node sees it (`streamd.ports.agent.Run`); `walk` visits the nodes of a graph.
"""

from streamd.engine.steps.change_messages import summary
from streamd.engine.steps.conversation import with_exchange
from streamd.engine.steps.graph_walk import GraphCursor, Visit, goals, walk
from streamd.engine.steps.model_stream import ModelStream, content_of
from streamd.engine.steps.new_memories import remembered, withdraw_preference
from streamd.engine.steps.request_parsing import understood
from streamd.engine.steps.run_context import RunContext

__all__ = [
    "GraphCursor",
    "ModelStream",
    "RunContext",
    "Visit",
    "content_of",
    "goals",
    "remembered",
    "summary",
    "understood",
    "walk",
    "with_exchange",
    "withdraw_preference",
]
