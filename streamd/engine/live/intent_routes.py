"""Routes of intents: which agent takes which kind of request, and the question that classifies them."""

from collections.abc import Mapping, Sequence
from typing import Final

from streamd.core.tool_calls import GENERAL, PrimaryIntent
from streamd.errors import NotFoundError
from streamd.facts import frozen
from streamd.ports.agent import Agent

INTENT: Final = "intent"
"""The name under which the configuration sets the model that classifies intents."""
_OPENING: Final = "You sort requests to a system in which people and agents work on shared items."
_STEPS: Final = (
    f"steps lists, in the order asked, every one but {GENERAL} that the request asks an analysis from."
)


@frozen
class IntentRoutes:
    """The intents that the daemon's agents take."""

    agents: Mapping[PrimaryIntent, Agent]
    """The agent of each intent; the general intent is last."""
    question: str
    """The question with which a language model classifies a request, made of the agents' descriptions."""
    schema: Mapping[str, object]
    """JSON Schema of the answer: {primary_intent, confidence, steps}."""
    phrases: Mapping[PrimaryIntent, Sequence[str]]
    """Example requests by intent, of agents that declare any."""

    @classmethod
    def of(cls, agents: Mapping[str, Agent]) -> "IntentRoutes":
        """Create the routes to these agents; of two that declare the same intent the first one takes it."""
        taken: dict[PrimaryIntent, Agent] = {}
        for agent in agents.values():
            for intent in sorted(agent.kinds):
                taken.setdefault(intent, agent)
        if (general := taken.pop(GENERAL, None)) is not None:
            taken[GENERAL] = general
        lines = [f"{intent}: {_described(agent)}" for intent, agent in taken.items()]
        return cls(
            taken,
            "\n".join([_OPENING, *lines, _STEPS]),
            _schema(tuple(taken)),
            {intent: agent.phrases for intent, agent in taken.items() if agent.phrases},
        )

    def agent_for(self, intent: PrimaryIntent) -> Agent:
        """The agent that takes requests of a kind. Raises NotFoundError where none does."""
        if intent not in self.agents:
            raise NotFoundError(f"no agent takes requests about {intent}")
        return self.agents[intent]


def _described(agent: Agent) -> str:
    description = (agent.description or f"requests for the agent {agent.name}").rstrip(".")
    examples = ", ".join(f"“{phrase}”" for phrase in agent.phrases)
    return f"{description}. For example: {examples}." if examples else f"{description}."


def _schema(intents: Sequence[PrimaryIntent]) -> Mapping[str, object]:
    steps = [intent for intent in intents if intent != GENERAL]
    step: dict[str, object] = {"type": "string", "enum": steps} if steps else {"type": "string"}
    return {
        "type": "object",
        "properties": {
            "primary_intent": {"type": "string", "enum": list(intents)},
            "confidence": {"type": "number"},
            "steps": {"type": "array", "items": step},
        },
        "required": ["primary_intent", "confidence", "steps"],
        "additionalProperties": False,
    }
