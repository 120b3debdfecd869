"""The answer to one question."""

from streamd.core.item import ItemId
from streamd.core.tool_calls import Action
from streamd.facts import frozen


@frozen
class QuestionAnswer:
    """The answer to one question: its text, the items it is about, and the action it counts as."""

    reply: str
    action: Action
    matched: tuple[ItemId, ...] = ()
    is_declined: bool = False
    """Whether it says that the question is not understood: an order beside it is not carried out then."""
