"""The measured quality of a text."""

from streamd.facts import frozen


@frozen
class Component:
    """One component of the quality."""

    name: str
    score: float
    """0 to 100."""
    weight: float
    """Its share of the whole; those of a text add up to 1."""
    explanation: str


@frozen
class Quality:
    """The quality of a text, such as a section of a web page."""

    score: float
    """0 to 100: the weighted mean of the components."""
    components: tuple[Component, ...]
