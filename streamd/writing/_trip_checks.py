"""Further checks of a trip: its days, budget, interests, and practical information."""

from collections.abc import Iterator
from typing import Final

from streamd.text.lists import listed
from streamd.text.number_words import counted_in_words
from streamd.text.words import terms
from streamd.writing._composition import Part
from streamd.writing._draft_checks import Finding, Subject
from streamd.writing._gap_sentences import is_gap
from streamd.writing._remarks import Remark
from streamd.writing.trip import money

_TRANSPORT: Final = frozenset(
    terms("metro tram bus train ferry ticket taxi airport flight drive car transport bike walk")
)
_LODGING: Final = frozenset(
    terms("hotel hostel apartment guesthouse accommodation lodging campsite room overnight")
)
_CHILDREN: Final = frozenset(terms("child children kid kids family playground"))


def check_days(subject: Subject) -> Iterator[Finding]:
    """Check that each day of the trip has a section."""
    days = subject.trip.days if subject.trip else 0
    there = {part.section.day for part in subject.whole.parts}
    absent = [str(day) for day in range(1, days + 1) if day not in there]
    if absent:
        yield (
            False,
            Remark(
                f"day {listed(absent)} of {days} {'is' if len(absent) == 1 else 'are'} not covered.", "Days"
            ),
        )
    else:
        every = "the only day is" if days == 1 else f"all {counted_in_words(days, 'day')} are"
        yield True, Remark(f"{every} covered.", "Days")


def check_budget(subject: Subject) -> Iterator[Finding]:
    """Check that a given budget is mentioned."""
    budget = subject.trip.budget if subject.trip else None
    if budget is None:
        return
    figures = {money(budget.amount), f"{budget.amount:g}"}
    if any(figure in sentence for sentence in subject.sentences for figure in figures):
        yield True, Remark(f"the budget of {budget} is reckoned with.", "Budget")
    else:
        yield (
            False,
            Remark(f"the budget of {budget} is not mentioned; say what it comes to a day.", "Budget"),
        )


def check_interests(subject: Subject) -> Iterator[Finding]:
    """Check that each given interest occurs in a sentence or in the title of a section with content."""
    titles = frozenset(
        term for part in subject.whole.parts if _says_something(part) for term in part.section.terms
    )
    known = subject.terms | titles
    for interest in subject.trip.interests if subject.trip else ():
        if set(terms(interest)) & known:
            yield True, Remark(f"{interest} is covered.", "Interests")
        else:
            yield False, Remark(f"nothing is said about {interest}.", "Interests")


def check_practical(subject: Subject) -> Iterator[Finding]:
    """Check that transport, lodging and, where they come along, children are mentioned."""
    trip = subject.trip
    if trip is None:
        return
    place = f" in {trip.destination}" if trip.destination else ""
    transport = f"transport{place} is not mentioned; say how to get around and what it costs."
    yield _mentioned(subject, "Getting around", _TRANSPORT, "transport is mentioned.", transport)
    if trip.days > 1:
        lodging = f"lodging{place} is not mentioned; say where to stay."
        yield _mentioned(subject, "Lodging", _LODGING, "lodging is mentioned.", lodging)
    if trip.has_children:
        nothing = "nothing is said about what suits children."
        yield _mentioned(subject, "Children", _CHILDREN, "children are thought of.", nothing)


def _mentioned(subject: Subject, label: str, wanted: frozenset[str], good: str, missing: str) -> Finding:
    held = bool(wanted & subject.terms)
    return held, Remark(good if held else missing, label)


def _says_something(part: Part) -> bool:
    return any(not is_gap(one.statement.text) for one in part.statements)
