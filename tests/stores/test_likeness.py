"""Whatever is done to both, every store answers like the one in memory."""

import attrs
import orjson
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from streamd.core.item import Item, ItemId, Seq, Tombstone
from streamd.core.memory import MemoryFilter, MemoryId, MemoryKind
from streamd.core.position import StreamName, run_stream, workspace_of, workspace_stream
from streamd.core.principal import ANONYMOUS_PRINCIPAL
from streamd.core.run import RunId, RunRecord, RunRequest, RunStatus, run_scope
from streamd.core.thread import CheckpointId, InterruptId, InterruptStatus
from streamd.ports.store import Batch, NewEntry, OpResult, Retention, Store
from tests.conftest import SOAKING
from tests.stores.likeness import Stores
from tests.stores.samples import (
    checkpoint,
    clear,
    interrupt,
    memory,
    stream_checkpoint,
    trim,
)
from tests.support.snapshots import snapshot_of

WORKSPACES = ["hall", "yard"]
RUNS = [RunId("r1"), RunId("r2"), RunId("r3")]
STREAMS = [*map(workspace_stream, WORKSPACES), *(run_stream("hall", run_id) for run_id in RUNS)]
IDS = [ItemId(name) for name in ("a", "b", "ü", "a b")]
KINDS = ["inventory", "supplier", ""]
OPS = ["1", "2", "3", "4"]
SCOPES = ["hall/ann", *map(run_scope, RUNS)]
THREADS = st.sampled_from(["thread-1", "thread-2", "essay"])
KIND_NAMES: list[MemoryKind] = ["interaction", "preference", "insight"]
WORDS = st.lists(st.sampled_from(["box", "Café", "low", "STOCK", "7", '"', "AND", "*"]), max_size=4).map(
    " ".join
)
NUMBERS = st.integers(0, 6)
STATUSES: list[RunStatus] = ["pending", "running", "interrupted", "completed", "failed"]
TIMES = st.integers(0, 20)
NAMES = st.text(st.characters(codec="utf-8", exclude_categories=["C"]), max_size=3)
TEXTS = st.text(st.characters(codec="utf-8"), max_size=5)
VALUES = st.recursive(
    TEXTS | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXTS, inner, max_size=2),
    max_leaves=4,
)  # fmt: skip
FIELDS = st.dictionaries(st.sampled_from(["name", "quantity", "place"]), VALUES)
WISHES = st.tuples(st.sampled_from(WORKSPACES), st.sampled_from(IDS), st.sampled_from(KINDS), FIELDS)


class Likeness(Stores):
    """Makes batches that are mostly accepted; what is right, the store in memory says."""

    def __init__(self) -> None:
        super().__init__()
        self.seq = 0

    @rule(
        told=st.lists(st.tuples(st.sampled_from(STREAMS), TIMES, NAMES), min_size=1, max_size=6),
        wishes=st.lists(WISHES, max_size=4),
        ops=st.lists(st.sampled_from(OPS), max_size=2),
        scope=st.sampled_from(SCOPES),
        shift=st.sampled_from([0, 0, 0, 0, 1, -1]),
    )
    def tell(
        self,
        told: list[tuple[StreamName, int, str]],
        wishes: list[tuple[str, ItemId, str, dict[str, object]]],
        ops: list[str],
        scope: str,
        shift: int,
    ) -> None:
        tops: dict[StreamName, int] = {}
        batches = {workspace: Batch(workspace) for workspace in WORKSPACES}
        batches["hall"].results += [OpResult(scope, op, b'{"n":1}', self.seq) for op in ops]
        for stream, at_ms, text in told:
            if stream not in tops:
                tops[stream] = self.runner.run(self.stores[0].span(stream)).top + shift
            tops[stream] += 1
            before = b"{}" if text else None
            batches[workspace_of(stream)].entries.append(
                NewEntry(
                    stream, Seq(tops[stream]), orjson.dumps({"text": text}), at_ms, text, text[:1], before
                )
            )
        for workspace, item_id, kind, fields in wishes:
            self.wish(batches[workspace], item_id, kind, fields)
        self.commit(*batches.values())

    def wish(self, batch: Batch, item_id: ItemId, kind: str, fields: dict[str, object]) -> None:
        """Add, change (its type too) or remove an item."""
        key = (batch.workspace, item_id)
        known = batch.items.get(item_id) or self.runner.run(self.stores[0].known([key])).get(key)
        self.seq += 1
        seq = Seq(self.seq)
        values: dict[str, object] = {"type": kind, **fields}
        if not isinstance(known, Item):
            batch.items[item_id] = Item(item_id, values, dict.fromkeys(values, seq), seq, seq)  # type: ignore[arg-type]
        elif kind:
            versions = {**known.versions, **dict.fromkeys(values, seq)}
            batch.items[item_id] = Item(item_id, values, versions, seq, known.added)  # type: ignore[arg-type]
        else:
            batch.items[item_id] = Tombstone(item_id, Seq(1 + self.seq % 7))

    @rule(
        run_id=st.sampled_from(RUNS), status=st.sampled_from(STATUSES), started_ms=TIMES, thread=NAMES | THREADS,
        ended_ms=st.none() | TIMES, request_id=VALUES, scope=st.sampled_from(["", *RUNS]),
    )  # fmt: skip
    def put_run(
        self, run_id: RunId, status: RunStatus, started_ms: int, thread: str, ended_ms: int | None, request_id: object,
        scope: str,
    ) -> None:  # fmt: skip
        request = RunRequest(
            "Count",
            {"asked": request_id},
            "ann",
            "hall",
            request_id=request_id,
            principal=ANONYMOUS_PRINCIPAL,
        )
        run = RunRecord(run_id, thread, request, "a", status, started_ms, ended_ms, scope=scope)
        self.commit(Batch("hall", runs={run_id: run}))
        self.alike(lambda store: store.latest_run("hall", thread))

    @rule(thread_id=THREADS, number=NUMBERS, at_ms=TIMES, state=VALUES)
    def stand(self, thread_id: str, number: int, at_ms: int, state: object) -> None:
        there = attrs.evolve(checkpoint(number, thread_id=thread_id, at_ms=at_ms), state={"value": state})
        self.commit(Batch("hall", checkpoints=[there]))
        before = CheckpointId("checkpoint-2")
        for wanted in (None, before, there.checkpoint_id):
            self.alike(lambda store, wanted=wanted: store.checkpoint_of("hall", thread_id, wanted))  # type: ignore[misc]
        self.alike(lambda store: store.checkpoints("hall", thread_id, 3, before))

    @rule(thread_id=THREADS, number=NUMBERS, at_ms=TIMES, is_pending=st.booleans())
    def ask(self, thread_id: str, number: int, at_ms: int, is_pending: bool) -> None:
        status: InterruptStatus = "pending" if is_pending else "resolved"
        question = interrupt(str(number), status, thread_id=thread_id, at_ms=at_ms)
        self.commit(Batch("hall", interrupts={question.interrupt_id: question}))
        self.alike(lambda store: store.pending_interrupts("hall", thread_id))

    @rule(step=st.sampled_from(["a", "b"]), content=TEXTS, expires_ms=TIMES)
    def break_off(self, step: str, content: str, expires_ms: int) -> None:
        self.commit(
            Batch(
                "hall",
                stream_checkpoints=[stream_checkpoint("r", step, content=content, expires_ms=expires_ms)],
            )
        )

    @rule(
        numbers=st.lists(NUMBERS, max_size=3), text=WORDS, kind=st.sampled_from(KIND_NAMES), at_ms=TIMES,
        agent=st.sampled_from(["", "a", "b"]), workspace=st.sampled_from(WORKSPACES),
    )  # fmt: skip
    def remember(
        self, numbers: list[int], text: str, kind: MemoryKind, at_ms: int, agent: str, workspace: str
    ) -> None:
        self.commit(
            Batch(
                "hall",
                memories=[
                    memory(str(number), text, kind=kind, at_ms=at_ms, agent=agent, workspace=workspace)
                    for number in numbers
                ],
            )
        )

    @rule(
        query=WORDS, agent=st.none() | st.sampled_from(["", "a"]), kinds=st.none() | st.frozensets(st.sampled_from(KIND_NAMES)),
        limit=st.integers(0, 3), before_ms=st.none() | TIMES, is_cleared=st.sampled_from([False, False, False, True]),
    )  # fmt: skip
    def recall(
        self, query: str, agent: str | None, kinds: frozenset[MemoryKind] | None, limit: int, before_ms: int | None,
        is_cleared: bool,
    ) -> None:  # fmt: skip
        wanted = MemoryFilter("hall", agent, None, kinds)

        async def matches(store: Store) -> object:
            # Their order is not the same: words weigh a little differently.
            return {found.memory_id for found in await store.memories.search(wanted, query, 100)}

        self.alike(matches)
        self.alike(lambda store: store.memories.latest(wanted, limit, before_ms=before_ms))
        if is_cleared:
            self.alike(lambda store: clear(store, wanted))

    @rule(number=NUMBERS, workspace=st.sampled_from(WORKSPACES))
    def forget(self, number: int, workspace: str) -> None:
        self.commit(Batch(workspace, forgotten=[MemoryId(str(number))]))

    @rule(
        days=st.dictionaries(
            st.tuples(st.sampled_from(IDS), st.sampled_from(["2026-01-01", "2026-01-02"])),
            st.floats(allow_nan=False, allow_infinity=False).map(abs),
            max_size=4,
        )
    )
    def put_demand(self, days: dict[tuple[ItemId, str], float]) -> None:
        self.commit(Batch("hall", demand=days))
        self.alike(lambda store: store.quantities([("hall", *day) for day in days]))

    @rule(
        entries=st.integers(0, 12), oldest_ms=TIMES, results_oldest_ms=TIMES, now_ms=TIMES, memories=NUMBERS
    )
    def trim(self, entries: int, oldest_ms: int, results_oldest_ms: int, now_ms: int, memories: int) -> None:
        retention = Retention(entries, oldest_ms, results_oldest_ms, now_ms, memories)
        self.alike(lambda store: trim(store, retention))

    @rule(item_type=st.none() | st.sampled_from(KINDS), after=st.integers(0, 20), limit=st.integers(0, 5))
    def page(self, item_type: str | None, after: int, limit: int) -> None:
        self.alike(lambda store: store.page("hall", item_type, Seq(after), limit))
        types = None if item_type is None else frozenset({item_type})
        self.alike(lambda store: snapshot_of(store, "hall", types))

    @invariant()
    def everything_is_alike(self) -> None:
        self.alike(everything)


async def everything(store: Store) -> object:
    return [
        [(await store.span(stream), await store.entries(stream, Seq(0), 1_000)) for stream in STREAMS],
        [(await store.items(workspace), await snapshot_of(store, workspace)) for workspace in WORKSPACES],
        await store.known([(workspace, item_id) for workspace in WORKSPACES for item_id in IDS]),
        await store.results(
            [(workspace, scope, op) for workspace in WORKSPACES for scope in SCOPES for op in OPS]
        ),
        await store.abandoned_runs(),
        await store.demand("hall"),
        [await store.checkpoints("hall", thread_id, 100) for thread_id in ("thread-1", "thread-2", "essay")],
        await store.pending_interrupts(),
        [await store.interrupt("hall", InterruptId(str(number))) for number in range(7)],
        [await store.stream_checkpoint("hall", RunId("r"), step) for step in ("a", "b")],
        [await store.memories.latest(MemoryFilter(workspace)) for workspace in WORKSPACES],
    ]


TestLikeness = pytest.mark.long(Likeness.TestCase)
TestLikeness.settings = settings(max_examples=1_000 if SOAKING else 40, stateful_step_count=20)
