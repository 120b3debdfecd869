"""Results of runs, for assertions."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import attrs

from streamd.core.thread import InterruptAnswer, InterruptDecision, InterruptId
from streamd.facts import frozen

if TYPE_CHECKING:
    Answer = Callable[[InterruptId, InterruptAnswer, str | None], Awaitable["RunResult"]]


@frozen
class RunResult:
    """A run from its start to its last response, or to its question."""

    run_id: str
    thread_id: str
    responses: Sequence[Mapping[str, Any]]
    """Everything that it told, in order, as messages of the protocol."""
    _answer: "Answer" = attrs.field(repr=False, alias="answer")

    @property
    def ended(self) -> str:
        """Type of its last response: `complete`, `interrupt`, `error` or `cancelled`."""
        return str(self.responses[-1]["type"])

    @property
    def message(self) -> str:
        """Text of its last response: what was done, what is asked, or why it failed."""
        return str(self.responses[-1]["message"])

    @property
    def code(self) -> str:
        """Code of its error; empty when it did not fail."""
        return str(self.responses[-1].get("code", ""))

    @property
    def question(self) -> Mapping[str, Any] | None:
        """Its question: `interrupt_id`, `message`, `reason`, `schema` and `value`; None when it asks nothing."""
        asked: Mapping[str, Any] | None = self.responses[-1].get("interrupt")
        return asked

    @property
    def text(self) -> str:
        """The answer as a client shows it: all `content` but what was made void by an `attempt_reset`."""
        void: set[object] = set()
        for response in self.responses:
            if response["type"] == "attempt_reset":
                void.update(response.get("void", ()))
        contents = (one for one in self.responses if one["type"] == "content" and one["run_seq"] not in void)
        return "".join(str(one.get("content", "")) for one in contents)

    def of_type(self, response_type: str) -> list[Mapping[str, Any]]:
        """Responses of one type, in order."""
        return [one for one in self.responses if one["type"] == response_type]

    async def approve(self, value: object = None, *, by: str | None = None) -> "RunResult":
        """Approve what it asks, as this user; returns the run that goes on from there."""
        return await self.respond("approve", value, by=by)

    async def reject(self, value: object = None, *, by: str | None = None) -> "RunResult":
        """Refuse what it asks, as this user; returns the run that goes on from there."""
        return await self.respond("reject", value, by=by)

    async def respond(
        self, decision: InterruptDecision, value: object = None, *, by: str | None = None
    ) -> "RunResult":
        """Answer what it asks, as this user; returns the run that goes on from there.

        Raises:
            ValueError: it asks nothing.
            RefusedError: the answer is not accepted.

        """
        if self.question is None:
            raise ValueError(f"the run asks nothing: it ended with {self.ended} ({self.message})")
        interrupt_id = InterruptId(self.question["interrupt_id"])
        return await self._answer(interrupt_id, InterruptAnswer(decision, value), by)
