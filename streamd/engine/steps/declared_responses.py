"""Declared responses: an agent emits what every agent may and what it declares, and nothing that clients rest on the engine for."""

from streamd.core.run import AGENT_TYPES, ENGINE_TYPES, Response
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


def declared_chunks(agent: Agent, chunk_format: ChunkFormat) -> ChunkFormat:
    """The same format of chunks, checked in the same way."""

    def checked(chunk: Chunk) -> Response:
        return check_declared(agent, chunk_format(chunk))

    return checked
