"""Broadcasts: events of items, and the feeds of progress and quality."""

from collections.abc import Mapping
from typing import Final, Literal, NotRequired, TypedDict

from streamd.core.agent_progress import AgentProgressData
from streamd.core.item import ItemId, Seq
from streamd.wire.payloads.thread_data import AskedQuestionData, QuestionStatusData


class EventData(TypedDict):
    """The keys of every event beside its `data`."""

    seq: Seq
    """Its position in the workspace: 1, 2, 3 … without gaps."""
    version: Seq
    """The same number: the item's version from now on."""
    timestamp: str
    agent_id: str
    """Whose change it is; `user` for a person's own edit."""
    user_id: str
    workspace: str
    run_id: NotRequired[str]
    """The run that made it."""
    op_id: NotRequired[str]
    """The `op_id` of the message that made it."""
    change: NotRequired[Seq]
    """The position of the first event of the same change, where this is not the first."""
    undoes: NotRequired[list[Seq]]
    """The positions of the events that it takes back."""
    view: NotRequired[Literal["entered", "left", "referred"]]
    """The item was changed so that it now is among those of the subscription, or no longer; it was not added or removed.
    `referred`: it is none of them, but they may refer to it."""


class ReferringEventData(EventData):
    """Further keys of an event that gives fields new values."""

    names: NotRequired[dict[str, str]]
    """The names of the items that its values refer to, by id."""


class ItemAddedEvent(ReferringEventData):
    """An item was added."""

    event_type: Literal["item_added"]
    item_id: ItemId
    data: dict[str, object]
    """The whole item, flat."""


class ItemUpdatedEvent(ReferringEventData):
    """An item's name, subtitle or type was changed."""

    event_type: Literal["item_updated"]
    item_id: ItemId
    data: dict[str, object]
    """The new values; null: the field is gone."""


class FieldChangedEvent(ReferringEventData):
    """Other fields of an item were changed."""

    event_type: Literal["field_changed"]
    item_id: ItemId
    data: dict[str, object]
    """The new values; null: the field is gone."""


class RemovalData(TypedDict):
    """The reason why an item was removed."""

    reason: NotRequired[str]


class ItemRemovedEvent(EventData):
    """An item was removed."""

    event_type: Literal["item_removed"]
    item_id: ItemId
    data: RemovalData


class NamesChangedEvent(EventData):
    """An item was renamed that is not among those of the subscription, to which these may refer."""

    event_type: Literal["names_changed"]
    data: dict[str, object]
    """Empty: no item of the subscription was changed."""
    names: dict[str, str]
    """Its new name, by its id."""


class CustomEvent(EventData):
    """An event that changes no item: somebody published it."""

    event_type: str
    item_id: NotRequired[ItemId]
    """The item that it is about."""
    data: dict[str, object]


class FeedData(TypedDict):
    """The keys of every broadcast of a feed beside its `data`."""

    agent_id: str
    timestamp: str
    workspace: str


class ReportedProgressData(AgentProgressData):
    """The progress of one agent, in a report."""

    run_id: NotRequired[str]
    """Its newest run."""


class AgentProgressOfRunData(AgentProgressData):
    """The progress of one agent, with its run."""

    run_id: str
    """Its newest run."""


class AgentProgressEvent(FeedData):
    """An agent starts, moves or ends."""

    event_type: Literal["agent_progress"]
    data: AgentProgressOfRunData


class InterruptAskedEvent(FeedData):
    """A person is asked something."""

    event_type: Literal["interrupt_asked"]
    data: AskedQuestionData


class InterruptClosedEvent(FeedData):
    """A question to a person is answered, withdrawn or expired."""

    event_type: Literal["interrupt_closed"]
    data: QuestionStatusData


class ProgressFeedEvent(FeedData):
    """A broadcast of the topic `progress`, in a report."""

    event_type: Literal["agent_progress", "interrupt_closed"]
    data: dict[str, object]
    """As in the broadcast of that type."""


class SectionData(TypedDict):
    """A section of a content."""

    id: str
    """The section, after the `page` that the request named, if it did."""
    sectionId: str
    """The same."""
    section: str
    """Its name."""
    run_id: str
    """The run that writes it."""


class SectionTextData(TypedDict):
    """The text of a section, in another form."""

    type: str
    """The section."""
    content: str
    """All of its text so far."""
    complete: bool
    """Whether it is done."""


class SectionUpdatedData(SectionData):
    """A section as far as it is written."""

    content: str
    """All of its text so far."""
    complete: bool
    """Whether it is done."""
    updates: SectionTextData
    """The same, as older clients read it."""


class SectionUpdatedEvent(FeedData):
    """A section of a content grows, or is done."""

    event_type: Literal["section_updated"]
    data: SectionUpdatedData


class QualityComponentData(TypedDict):
    """One part of a quality."""

    name: str
    """What is measured."""
    score: float
    """0 to 100."""
    weight: float
    """Its share of the whole, 0 to 1."""
    explanation: str
    """Why, in words."""


class QualityData(TypedDict):
    """The quality of a text."""

    score: float
    """0 to 100."""
    components: list[QualityComponentData]
    """What it is made of."""


class QualityUpdatedData(SectionData, QualityData):
    """The quality of a section."""


class QualityUpdatedEvent(FeedData):
    """A section of a content is done, and measured."""

    event_type: Literal["quality_updated"]
    data: QualityUpdatedData


EVENTS: Final[Mapping[str, type[object]]] = {
    "item_added": ItemAddedEvent,
    "item_updated": ItemUpdatedEvent,
    "field_changed": FieldChangedEvent,
    "item_removed": ItemRemovedEvent,
    "names_changed": NamesChangedEvent,
    "agent_progress": AgentProgressEvent,
    "interrupt_asked": InterruptAskedEvent,
    "interrupt_closed": InterruptClosedEvent,
    "section_updated": SectionUpdatedEvent,
    "quality_updated": QualityUpdatedEvent,
}
"""By `event_type`; every other one is a `CustomEvent`."""
