"""Declared responses: an agent emits the types that every agent may and those it declares, but none of the engine's."""

import attrs

from streamd.core.run import AGENT_TYPES, ENGINE_TYPES, Response
from streamd.errors import RunError
from streamd.ports.agent import Agent


def check_declared(agent: Agent, response: Response, step: str = "") -> Response:
    """Return the response as one of this step, if the agent may emit it.

    Raises:
        RunError: it is no response, its type is the engine's, or the agent does not declare it.

    """
    given: object = response
    if not isinstance(given, Response):
        raise RunError(
            f"the agent {agent.name} yielded a {type(given).__name__}: yield a Response, such as Response('content', '…')"
        )
    if response.step:
        return response  # the engine's: of a model, or of a consulted agent, checked already
    kind = response.type
    if kind in AGENT_TYPES or kind in agent.responses:
        return attrs.evolve(response, step=step)
    if kind in ENGINE_TYPES:
        raise RunError(
            f"the agent {agent.name} emitted {kind}, which only the engine does; emit another type"
        )
    raise RunError(
        f"the agent {agent.name} emitted {kind}, which it does not declare; add it to its responses"
    )
