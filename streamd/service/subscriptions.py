"""Opens cursors in the streams of a workspace: item events, progress and quality."""

from collections.abc import Mapping, Sequence

import attrs

from streamd.core.agent_progress import WorkspaceProgress
from streamd.core.item import Seq
from streamd.core.item_type import ItemTypes
from streamd.core.lists.referred_names import name_paths
from streamd.core.lists.view import View, counts_in, journal_epoch
from streamd.core.position import Feed, StreamName, feed_of
from streamd.engine.delivery import Cursor, Filter
from streamd.engine.journal import CachedEntry
from streamd.errors import InvalidMessageError
from streamd.facts import frozen
from streamd.service._field_names import check_fields_of
from streamd.service._ownership import reader_of
from streamd.service.actor import Actor
from streamd.service.item_reads import conditions_for, read_snapshot
from streamd.service.use_case import Service, use_case


@frozen
class Resume:
    """The position from which a client resumes item events. The defaults: with the next event."""

    since: Seq | None = None
    """Position of the last received event."""
    epoch: str | None = None
    """Epoch of the journal that `since` belongs to."""
    snapshot: bool = False
    """Whether a snapshot is sent first."""

    @property
    def has_items(self) -> bool:
        """Whether the client has the items from then on."""
        return self.snapshot or self.since is not None


def item_view(
    service: Service, item_types: frozenset[str] | None, where: str | Sequence[object] | None
) -> View | None:
    """The items of these types that meet a criterion, given by its name, or conditions; None: all items.

    Raises NotFoundError where no such criterion is declared, or for none of these types.
    """
    types = service.engine.types
    if not where:
        view = None if item_types is None else View(item_types)
    elif isinstance(where, str):
        view = View(item_types, conditions_for(types, item_types, (), where))
    else:
        view = View(item_types, conditions_for(types, item_types, where))
    if view is not None:
        _refuse_names(view, types)
    return None if view is None else attrs.evolve(view, referred=types.referred_by(view.types))


def _refuse_names(view: View, types: ItemTypes) -> None:
    """Refuse conditions on names of referred items, which change without an event of the item that refers to them."""
    paths = name_paths(types, view.types)
    for condition in view.where:
        if condition.field in paths:
            field = condition.field.removesuffix(".name")
            raise InvalidMessageError(
                f"a filter cannot follow {condition.field}, which changes without its item; compare {field} with an id",
                path="where",
            )


@use_case("read")
async def check_view(service: Service, actor: Actor, view: View | None) -> None:
    """Refuse conditions on fields that the items of a view cannot have. Raises InvalidMessageError."""
    if view is not None:
        await check_fields_of(service.engine, actor, view)


@use_case("read")
async def open_events(service: Service, actor: Actor, only: Filter | None) -> Cursor:
    """Open a cursor at the top of the workspace's item events."""
    live = await service.engine.hub.open(actor.events)
    return Cursor(live, live.top, only=only)


@use_case("read")
async def resumed_events(
    service: Service, actor: Actor, resume: Resume, only: Filter | None, request_id: object = None
) -> Cursor:
    """Open a cursor at the resumed position, or after a snapshot where that is asked for or it cannot be resumed.

    The pages of the snapshot answer the message with this `request_id`.
    """
    reason: str | None = None
    view = None if only is None else only.view
    if resume.since is not None:
        reason = await _resync_reason(service, actor, resume.since, resume.epoch, view)
        if reason is None and not resume.snapshot:
            return Cursor(await service.engine.hub.open(actor.events), resume.since, only=only)
    pages = await read_snapshot(service, actor, view, reason=reason, request_id=request_id)
    # Opened only now: the hub may have evicted a stream without listeners during the reads above.
    cursor = Cursor(await service.engine.hub.open(actor.events), pages.seq, only=only)
    cursor.insert(pages.seq, pages.payloads)
    return cursor


@use_case("read")
async def continued_events(
    service: Service, actor: Actor, since: Seq, epoch: str | None, only: Filter | None
) -> Cursor | str:
    """Open a cursor at a position; where it cannot be resumed, the reason, as snapshots name it."""
    reason = await _resync_reason(service, actor, since, epoch, None if only is None else only.view)
    if reason is not None:
        return reason
    return Cursor(await service.engine.hub.open(actor.events), since, only=only)


async def _resync_reason(
    service: Service, actor: Actor, since: Seq, epoch: str | None, view: View | None
) -> str | None:
    """The reason why a position cannot be resumed; None when it can."""
    if epoch is None:
        return "no_epoch"
    if journal_epoch(epoch) != service.engine.store.epoch:
        return "epoch"
    span = await service.engine.store.span(actor.events)
    if not span.can_resume(since):
        return "future" if since > span.top else "trimmed"
    # Another filter than at that position, or one that the configuration defines otherwise by now.
    return None if counts_in(service.engine.store.epoch, epoch, view) else "filter"


@use_case("read")
def subscribe(service: Service, actor: Actor, events: Cursor | None, only: Filter | None) -> None:
    """Choose which item events a cursor passes from its position on; None passes everything.

    What else a client subscribes to is opened by `feed_cursor` and `watch_runs`.
    """
    del service, actor
    if events is not None:
        events.narrow(only)


def feed_stream(actor: Actor, feed: Feed) -> StreamName:
    """Name of the stream of a feed of the workspace."""
    return feed_of(actor.workspace, feed)


@use_case("read")
async def feed_cursor(service: Service, actor: Actor, feed: Feed, agents: frozenset[str] | None) -> Cursor:
    """Open a cursor at the top of a feed, for the broadcasts of these agents (ids or names)."""
    live = await service.engine.hub.open(feed_stream(actor, feed))
    return Cursor(live, live.top, only=feed_filter(service, actor, feed, agents))


@frozen
class FeedBeginning:
    """Beginning of a reader on a feed."""

    cursor: Cursor
    standing: Sequence[CachedEntry] = ()
    """The newest broadcasts up to there, for who cannot resume: they say how things stand."""


@use_case("read")
async def resumed_feed(
    service: Service,
    actor: Actor,
    feed: Feed,
    agents: frozenset[str] | None,
    since: Seq | None = None,
    epoch: str | None = None,
) -> FeedBeginning:
    """Open a cursor on a feed at a position of the journal with this epoch, or else at its top.

    Of what retention has removed meanwhile, the newest says all.
    """
    engine, stream, only = service.engine, feed_stream(actor, feed), feed_filter(service, actor, feed, agents)
    span = await engine.store.span(stream)
    if since is not None and epoch == engine.store.epoch and since <= span.top:
        start = max(since, Seq(span.oldest - 1))
        return FeedBeginning(Cursor(await engine.hub.open(stream), start, only=only))
    standing, upto = await engine.standing.of(stream)
    return FeedBeginning(
        Cursor(await engine.hub.open(stream), upto, only=only),
        [entry for entry in standing if only is None or only.shown(entry) is not None],
    )


@use_case("read")
async def closings_cursor(service: Service, actor: Actor, runs: frozenset[str]) -> Cursor:
    """Open a cursor at the top of the feed of questions, for the ends of what these runs have asked."""
    live = await service.engine.hub.open(feed_stream(actor, "interrupts"))
    return Cursor(live, live.top, only=closings_filter(runs))


def closings_filter(runs: frozenset[str]) -> Filter:
    """Build the filter that passes the ends of what these runs have asked, and nothing else."""
    return Filter(closings_of=runs)


def feed_filter(service: Service, actor: Actor, feed: Feed, agents: frozenset[str] | None) -> Filter | None:
    """Build the filter that passes the broadcasts of these agents (ids or names) that are for the actor.

    The questions of others are for administrators. None passes everything.
    """
    ids = None if agents is None else _agent_ids(service, agents)
    reader = reader_of(actor) if feed == "interrupts" else None
    return None if ids is None and reader is None else Filter(agents=ids, asked_by=reader)


@use_case("read")
async def get_progress(
    service: Service, actor: Actor, agents: frozenset[str] | None, history: int
) -> tuple[WorkspaceProgress, Sequence[Mapping[str, object]]]:
    """Read the progress of the workspace's agents, and its newest broadcasts, oldest first."""
    ids = None if agents is None else _agent_ids(service, agents)
    return await service.engine.board.report(actor.workspace, ids, history)


def _agent_ids(service: Service, names: frozenset[str]) -> frozenset[str]:
    """Ids of agents that are given by id or by name."""
    agents = service.engine.runs.services.agents
    return names | {agents[name].agent_id for name in names if name in agents}
