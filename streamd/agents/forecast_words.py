"""What the forecasting agent says: what is expected of whom, how sure that is, and what the histories show."""

from collections.abc import Collection, Sequence
from typing import Final

from streamd.agents.demand import Demand, Told
from streamd.core.analysis.figures import listing, words
from streamd.core.analysis.forecasting import explain

_WHOLE: Final = 3
"""Items whose forecast is explained sentence by sentence."""
_BRIEFLY: Final = 10
_CUES: Final = (
    ("anomalies", ("stands out", "stand out")),
    ("seasonality", ("Demand repeats", "season")),
    ("scenarios", ("What if",)),
)
"""What is asked for, and the sentences that answer it: they come first of an item's."""


def explained(told: Sequence[Told], demand: Demand, periods: int, asks: Collection[str]) -> list[str]:
    """Sentences; the items that were asked about, or of which most is expected, at length, the others briefly."""
    if not told:
        return [f"{demand.why_nothing()}."]
    said = []
    if len(told) > 1 or demand.period.unit != "day":
        said.append(
            f"I forecast the demand for {_items(len(told))} over {words(periods)} periods; a period is a {demand.period.unit}."
        )
    is_forecast = "forecast" in asks or not {"anomalies", "seasonality"} & set(asks)
    whole = _WHOLE if is_forecast else _BRIEFLY
    for one in told[:whole]:
        said += _at_length(one, asks)
    rest = told[whole:]
    if rest:
        brief = [
            f"{words(one.total)} of {one.name} (confidence {one.forecast.confidence:.2f})" for one in rest
        ]
        said.append(f"Also expected: {listing(brief, at_most=_BRIEFLY)}.")
        if "anomalies" in asks:
            said += _odd(rest)
    if demand.found > len(told):
        said.append(
            f"These are {words(len(told))} of {words(demand.found)} items with a history, as many as one request may "
            "have; name the others to have them forecast."
        )
    if demand.without:
        said.append(
            f"There is no demand history for {listing(list(demand.without), at_most=_BRIEFLY)}: import a table of item, "
            "date and quantity."
        )
    return said


def _at_length(one: Told, asks: Collection[str]) -> list[str]:
    first, *others = explain(one.forecast, one.name)
    cues = [cue for name, told in _CUES if name in asks for cue in told]
    answering = [sentence for sentence in others if any(cue in sentence for cue in cues)]
    if not {"forecast", "scenarios"} & set(asks) and answering:
        return [f"{one.name}: {' '.join(answering)}"]
    return [first, *answering, *(sentence for sentence in others if sentence not in answering)]


def _odd(rest: Sequence[Told]) -> list[str]:
    found = [(one, odd) for one in rest for odd in one.forecast.anomalies or ()]
    if not found:
        return ["In the other histories no period stands out."]
    strongest = sorted(found, key=lambda pair: -abs(pair[1].z_score))
    named = [
        f"{one.name} {one.when(odd.period)} with {words(odd.actual)} instead of {words(odd.expected)}"
        for one, odd in strongest
    ]
    return [f"In the other histories there stand out {listing(named, at_most=_WHOLE)}."]


def _items(count: int) -> str:
    return f"{words(count)} item{'' if count == 1 else 's'}"
