"""The steps of an agent's node: ask a model, use tools, consult another agent, ask a person, remember.

`RunContext` is the run during one visit of a node (`streamd.ports.run.Run`).
"""

from streamd.engine.steps.change_messages import summary
from streamd.engine.steps.model_stream import ModelStream, content_of
from streamd.engine.steps.new_memories import remembered, withdraw_preference
from streamd.engine.steps.request_parsing import understood
from streamd.engine.steps.run_context import RunContext

__all__ = [
    "ModelStream",
    "RunContext",
    "content_of",
    "remembered",
    "summary",
    "understood",
    "withdraw_preference",
]
