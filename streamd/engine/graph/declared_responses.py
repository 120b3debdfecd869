"""Declared responses: an agent emits the types that every agent may and those it declares, but none of the engine's."""

from streamd.core.run import AGENT_TYPES, ENGINE_TYPES, Response
from streamd.errors import RunError
from streamd.ports.agent import Agent


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
