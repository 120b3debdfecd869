"""Notices: what a run tells about its waiting. They are about the moment: nothing rests on them, and no replay repeats them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from streamd.core.run import Response
from streamd.engine.journal import RunUpdates
from streamd.facts import frozen

if TYPE_CHECKING:
    from streamd.engine.live.run_output import RunOutput
    from streamd.ports.wording import Wording

_LEAST_PAUSE_SECONDS: Final = 0.5
"""Shorter pauses are over before anybody has read of them."""


@frozen(eq=False)
class Notices:
    """Emits the notices of one run."""

    output: RunOutput
    wording: Wording

    def queued(self, place: int) -> None:
        """Tell the place in the line of runs that wait, from 1."""
        self._emit("queued", self.wording.waits_in_line(place), place=place)

    def behind(self, run_id: str) -> None:
        """Tell that the run waits for another one of its thread."""
        self._emit("queued", self.wording.waits_for_thread(), waits_for=run_id)

    def model_retries(self, kind: str, attempt: int, seconds: float) -> None:
        """Tell that the model failed, and in how many seconds it is asked again; nothing of very short pauses."""
        if seconds >= _LEAST_PAUSE_SECONDS:
            text = self.wording.asks_again(kind, attempt, round(seconds, 1))
            self._emit("model_retry", text, kind=kind, attempt=attempt, wait_ms=round(seconds * 1000))

    def node_retries(
        self, agent: str, node: str, attempt: int, attempts: int, seconds: float, step: str
    ) -> None:
        """Tell that a node failed, and when which of its attempts comes.

        It is recorded as the result of a step of its own, so that the failure is known after a restart: a replay of the node does
        not count it among the node's responses.
        """
        text = self.wording.node_waits(node, attempt, attempts, seconds)
        more = {
            "agent": agent,
            "node": node,
            "attempt": attempt,
            "attempts": attempts,
            "wait_ms": round(seconds * 1000),
        }
        self.output.emit(
            Response("notice", text, extra={"reason": "node_retry", **more}, step=step),
            RunUpdates(results=(self.output.result(step, b"true"),)),
        )

    def writing(self, tool: str, size_bytes: int) -> None:
        """Tell how much of a tool call the model has written."""
        self._emit(
            "tool_call", self.wording.writes_call(tool, size_bytes // 1024), tool=tool, size_bytes=size_bytes
        )

    def by_rules(self, why: str) -> None:
        """Tell that the rules answer in place of the language model."""
        self._emit("offline", self.wording.rules_answer(), kind=why)

    def _emit(self, reason: str, text: str, **more: object) -> None:
        self.output.emit(Response("notice", text, extra={"reason": reason, **more}))
