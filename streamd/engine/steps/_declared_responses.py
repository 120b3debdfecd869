"""Declared responses: an agent emits the types that every agent may and those it declares, but none of the engine's."""

from streamd.core.run import AGENT_TYPES, ENGINE_TYPES, Response
from streamd.engine.steps.model_stream import content_of
from streamd.errors import RunError
from streamd.ports.agent import Agent
from streamd.ports.generation import Chunk, ChunkFormat


def check_declared(agent: Agent, response: Response) -> Response:
    """Return the response if the agent may emit it.

    Raises:
        RunError: its type is the engine's, or the agent does not declare it.

    """
    kind = response.type
    if kind in AGENT_TYPES or kind in agent.responses:
        return response
    if kind in ENGINE_TYPES:
        raise RunError(
            f"the agent {agent.name} emitted {kind}, which only the engine does; emit another type"
        )
    raise RunError(
        f"the agent {agent.name} emitted {kind}, which it does not declare; add it to its responses"
    )


def chunk_format_of(agent: Agent, own: ChunkFormat | None) -> ChunkFormat:
    """Return the format of an agent's chunks: `content`, or its own format with the same check."""
    if own is None:
        return content_of(agent.name)

    def checked(chunk: Chunk) -> Response:
        return check_declared(agent, own(chunk))

    return checked
