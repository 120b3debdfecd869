"""Declared responses: an agent emits what every agent may and what it declares, and nothing that clients rest on the engine for."""

from streamd.core.run import AGENT_TYPES, ENGINE_TYPES, Response
from streamd.engine.steps.model_stream import content_of
from streamd.errors import RunError
from streamd.ports.agent import Agent
from streamd.ports.generation import Chunk, ChunkFormat


def check_declared(agent: Agent, response: Response) -> Response:
    """The same response, if the agent may emit it.

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
    """How an agent's chunks are emitted: as `content`, or in a format of its own that is checked in the same way."""
    if own is None:
        return content_of(agent.name)

    def checked(chunk: Chunk) -> Response:
        return check_declared(agent, own(chunk))

    return checked
