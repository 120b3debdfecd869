"""The output of a run: responses on its stream, and the updates that are committed with them."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final

import attrs
import orjson

from streamd.core.brackets import TEXT_TYPES, BracketType
from streamd.core.memory import Memory
from streamd.core.principal import Flow
from streamd.core.run import LAST_TYPES, Response
from streamd.core.usage import DayUsage
from streamd.engine.delivery import LiveStream
from streamd.engine.journal import NO_UPDATES, Receipt, RunUpdates, RunWrite, WriteResult
from streamd.engine.live._run_brackets import Encode, RunBrackets
from streamd.engine.live.meter import Meter
from streamd.engine.live.run_control import RunControl
from streamd.engine.live.run_services import RunServices
from streamd.engine.live.run_state import RunState
from streamd.engine.record import Replay
from streamd.errors import TooLargeError, UnavailableError
from streamd.facts import define
from streamd.ports.store import OpResult
from streamd.wire.entries import bracket_body, response_body
from streamd.wire.message_parts import MAX_MESSAGE_BYTES, in_parts

_PARTIAL_CHARACTERS: Final = 60_000
_MOST_ONCE_BYTES: Final = 4_000_000
"""Size of what `once` records: read again at each replay of its run."""
_LAST_BYTES: Final = 1_000_000
"""A run has one last response, which is split only where clients with the usual limit of 1 MiB could not take it."""


@define(eq=False)
class RunOutput:
    """Emits responses, each committed before anybody receives it, and persists the run's updates."""

    services: RunServices
    state: RunState
    stream: LiveStream
    replay: Replay
    meter: Meter
    control: RunControl
    partial_text: str = ""
    """Text of its models so far, for clients that get no whole answer. Bounded."""
    _kept_text: str = attrs.field(default="", init=False)
    """`partial_text` at the last checkpoint."""
    memories: list[Memory] = attrs.field(factory=list)
    """Memories to be committed with the next output."""
    flow: Flow = attrs.field(init=False)
    brackets: RunBrackets = attrs.field(
        default=attrs.Factory(
            lambda self: RunBrackets(_bracket_encoder(self.services, self.state), self.replay.scope),
            takes_self=True,
        )
    )

    @flow.default
    def _flow(self) -> Flow:
        return self.state.record.flow

    def emit(self, response: Response, updates: RunUpdates = NO_UPDATES) -> None:
        """Emit one response, unless a replay has emitted it before; `updates` go into the same commit."""
        is_emitted = self.replay.skips(response.step)
        # Encoded first: a response that cannot be encoded is an error, and must not be in the text that the error reports.
        bodies = () if is_emitted else self.encode(response)
        if response.type in ("content", "agent_chunk"):
            self._collect(response)
        if is_emitted:
            if updates is NO_UPDATES and not self.memories and not self.brackets.pending:
                return
        else:
            if response.type in TEXT_TYPES:
                self.brackets.open_message(response, self.state.record.agent)
            elif response.type == "attempt_reset":
                self._reset(response)
            self.services.board.observe(self.state.record, response, self.meter)
        self._submit(bodies, response.step, updates)

    def keep_partial_text(self) -> None:
        """Note what was said up to a checkpoint: a restart from there says the rest again."""
        self._kept_text = self.partial_text

    def restart(self) -> None:
        """Forget what was said since the last checkpoint, because it is about to be replayed."""
        self.partial_text = self._kept_text

    def persist(self, updates: RunUpdates) -> None:
        """Commit updates without a response."""
        self._submit((), "", updates)

    def flush(self) -> None:
        """Commit the pending brackets; called where the next response may take long."""
        if self.brackets.pending:
            self._submit((), "", NO_UPDATES)

    async def commit(self, updates: RunUpdates) -> None:
        """Commit updates without a response and wait until they are on disk. Raises the refusal."""
        await self.services.journal.persist(self.state.record.workspace, self._completed(updates), self.flow)

    async def once(self, key: str, work: Callable[[], Awaitable[object]]) -> object:
        """Run some work, or return its recorded result; a new result is on disk before it is returned."""
        recorded = await self.replay.result(key)
        if recorded is None:
            recorded = orjson.dumps(await work())
            if len(recorded) > _MOST_ONCE_BYTES:
                raise TooLargeError(
                    f"a recorded result may have {_MOST_ONCE_BYTES:,} bytes, and this one would have {len(recorded):,}"
                )
            self.persist(RunUpdates(results=(self.result(key, recorded),)))
            await self.services.journal.flushed(self.state.record.workspace, self.flow)
        return orjson.loads(recorded)

    def result(self, key: str, body: bytes) -> OpResult:
        """Create the record of a step's result."""
        return OpResult(self.replay.scope, key, body, self.services.clock.now_ms())

    def encode(self, response: Response) -> Sequence[bytes]:
        """Encode the body of a response, as the journal stores it: in parts where it is too long for one message."""
        now_ms = self.services.clock.now_ms()
        record = self.state.record
        return in_parts(
            response_body(
                response,
                run_id=record.run_id,
                thread_id=record.thread_id,
                timestamp=self.services.clock.text(now_ms),
                at_ms=now_ms,
                request_id=record.request.request_id,
            ),
            _LAST_BYTES if response.type in LAST_TYPES else MAX_MESSAGE_BYTES,
        )

    def _reset(self, response: Response) -> None:
        attempt = response.extra.get("attempt")
        self.brackets.reset_message(
            str(response.extra.get("message_id", "")), attempt if isinstance(attempt, int) else 2
        )

    def _collect(self, response: Response) -> None:
        text = response.extra.get("content") or response.extra.get("chunk") or ""
        if len(self.partial_text) < _PARTIAL_CHARACTERS:
            self.partial_text += str(text)

    def _submit(self, bodies: Sequence[bytes], step: str, updates: RunUpdates) -> None:
        updates, brackets = self._completed(updates), self.brackets.take_pending()
        self.services.journal.submit(
            RunWrite(
                self.stream.name,
                tuple(bodies),
                self._committed,
                step,
                updates,
                brackets=brackets,
                flow=self.flow,
            )
        )

    def _completed(self, updates: RunUpdates) -> RunUpdates:
        if self.memories:
            memories, self.memories = self.memories, []
            updates = attrs.evolve(updates, memories=(*updates.memories, *memories))
        return self.with_usage(updates)

    def with_usage(self, updates: RunUpdates) -> RunUpdates:
        """Add what was used since the last commit, and the run's record with it: both count it once, or neither does."""
        unrecorded = self.meter.take_unrecorded()
        if not unrecorded:
            return updates
        record, day = self.state.record, self.services.clock.text(self.services.clock.now_ms())[:10]
        records = updates.records
        if all(one.run_id != record.run_id for one in records):
            records = (*records, attrs.evolve(record, usage=self.meter.usage))
        used = tuple(DayUsage(day, record.user_id, agent, usage) for agent, usage in unrecorded.items())
        return attrs.evolve(updates, records=records, used=(*updates.used, *used))

    def _committed(self, result: WriteResult) -> None:
        if not isinstance(result, Receipt):
            self.control.fail(
                UnavailableError(
                    "the daemon cannot write to its store just now, so the request was stopped; "
                    "what was done stays done, ask again in a moment"
                )
            )


def _bracket_encoder(services: RunServices, state: RunState) -> Encode:
    """Encodes brackets of a run; without its output, which has the brackets: nothing of a run waits for the collector."""

    def encode(bracket_type: BracketType, fields: Mapping[str, object]) -> bytes:
        record = state.record
        return bracket_body(
            bracket_type,
            fields,
            run_id=record.run_id,
            thread_id=record.thread_id,
            timestamp=services.clock.text(services.clock.now_ms()),
            request_id=record.request.request_id,
        )

    return encode
