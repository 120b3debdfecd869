"""Recognises requests for analyses: their domains in order, the items, the horizon. None of them changes anything."""

import re
from collections.abc import Sequence
from typing import Final

from streamd.core.tool_calls import Action, PrimaryIntent
from streamd.facts import frozen
from streamd.language._agent_phrases import NO_AGENT_PHRASES, AgentPhrases
from streamd.language._imperatives import VERBS
from streamd.language._lexicon import Lexicon, longest
from streamd.language._politeness import FILLERS, POLITE_PREFIXES
from streamd.language._tokens import Token
from streamd.language._vocabulary import QUESTION_WORDS, STOPS
from streamd.text.number_words import cardinal_of
from streamd.text.time_words import DAYS_IN
from streamd.text.wordlist import words

_FORECASTING: Final = words(
    "forecast forecasts forecasting predict predicts predicting prediction predictions demand demands projection projections outlook "
    "anomaly anomalies outlier outliers seasonal seasonality seasons scenario scenarios trend trends extrapolate"
)
_SUPPLIERS: Final = words("supplier suppliers vendor vendors procurement procure sourcing tco ownership")
_INVENTORY: Final = words(
    "stock stocks inventory warehouse warehouses overstock overstocked stockout stockouts abc turnover reorder reordering restock shortages"
)
_ANALYTIC: Final = words(
    "analyze analyse analysis analyses assess assessment evaluate evaluation review audit examine inspect investigate recommend "
    "recommendation recommendations suggest propose advise check detect risk risks performance risky abc turnover tco procurement procure optimize "
    "optimise compare comparison identify determine calculate compute estimate choose forecast forecasts forecasting predict prediction "
    "predictions project anticipate extrapolate anomalies seasonality scenarios health reorder reordering"
)
_DETECTING: Final = words(
    "detect suggest propose advise choose determine calculate compute run perform do pick look source plan simulate optimize optimise improve"
)
"""Verbs that only ask and are no imperatives of the command grammar."""
_ASKING: Final = frozenset(
    verb
    for verb, kinds in VERBS.items()
    if kinds & {"show", "count", "analyze", "forecast"}
    and verb not in ("give", "get", "sort", "name", "read", "present")
)
_PARTING: Final = STOPS | {",", "and", "then", "&", "plus", "also", "finally", "afterwards", "next", ":", "-"}
_RECOMMENDING: Final = re.compile(
    r"\b(?:recommend|suggest|propose|advise)\b[^.?!]*\b(?:suppliers?|vendors?|providers?)\b"
    r"|\b(?:choose|pick|select|find|need|want|compare)\b[^.?!]*\b(?:suppliers?|vendors?|providers?)\b[^.?!]*\bfor\b(?! (?:me|us)\b)"
    r"|\b(?:suppliers?|vendors?|providers?)\b[^.?!]*\brecommend(?:ations?|ed)\b"
    r"|\b(?:suppliers?|vendors?)\b[^.?!]*\bshould (?:i|we)\b"
    r"|\b(?:from|with) (?:which|what) (?:suppliers?|vendors?)\b"
    r"|\b(?:who|whom|where)\b[^.?!]*\b(?:should|can|could|shall|best)\b[^.?!]*\b(?:buy|order|purchase|source|procure)\b"
    r"|\bshould (?:i|we)\b[^.?!]*\b(?:buy|order|purchase|source|procure)\b[^.?!]*\bfrom\b"
    r"|\b(?:best|right|cheapest|fastest|better|suitable)\b[^.?!]*\b(?:supplier|vendor)s?\b[^.?!]*\bfor\b(?! (?:me|us)\b)"
    r"|\b(?:supplier|vendor)s?\b[^.?!]*\b(?:best|right|cheapest|fastest|better|suitable)\b[^.?!]*\bfor\b(?! (?:me|us)\b)"
    r"|\bprocurement (?:recommendations?|advice|options?|plan)\b|\bsourcing (?:options?|advice|plan)\b|^(?:please )?procure\b"
)
_OWNERSHIP: Final = re.compile(
    r"\btco\b|\bcosts? of (?:ownership|owning)\b|\bcosts? to own\b|\b(?:lifetime|life-?cycle|ownership) costs?\b"
)
_LEAVING_OUT: Final = re.compile(r"\b(?:last|past|previous|recent)\b")
_UNIT: Final = r"(?:days?|weeks?|months?|quarters?|years?|periods?|steps?)"
_AHEAD: Final = re.compile(
    r"\b(?:(?:for|over|in|within|of|covering)\s+(?:the\s+)?)?(?:next|coming|following|upcoming|for|over|horizon(?: of)?|horizon is)\s+(?:the\s+)?"
    rf"(?P<number>\d{{1,4}}|(?!(?:{_UNIT}|next|coming|following|upcoming)\b)[a-z]+(?:-[a-z]+)?)\s*(?P<unit>{_UNIT})?\b"
    rf"|\b(?P<before>\d{{1,4}}|[a-z]+)[ -](?P<of>{_UNIT})\b\s*(?:ahead|forecasts?|outlook|horizon|out|of demand|in advance|projection|prediction)"
    rf"|\b(?:next|coming|following|upcoming)\s+(?P<one>day|week|month|quarter|year|period)\b"
)
MOST_PERIODS: Final = 10_000


@frozen
class AnalysisPlan:
    """The analyses that a request asks for."""

    plan: tuple[PrimaryIntent, ...]
    """The domains in the order asked, each once; empty when the request asks for something else as well."""
    analytic: bool
    """Whether some part of the request asks for more than a list of items."""


def analyses_of(
    tokens: Sequence[Token], lexicon: Lexicon, phrases: AgentPhrases = NO_AGENT_PHRASES
) -> AnalysisPlan:
    """Classify a request clause by clause; a clause that is an agent's phrase requests that agent."""
    found: list[PrimaryIntent] = []
    analytic = False
    asking = False
    for clause in _clauses(tokens):
        if (own := phrases.whole(clause)) is not None:
            asking = analytic = True
            found.append(own)
            continue
        begun = _beginning(clause)
        if begun == "other":
            return AnalysisPlan((), analytic=False)
        norms = {token.norm for token in clause}
        domain = _domain(clause, norms, lexicon)
        if domain is None:
            continue
        if begun == "nothing" and not asking:
            return AnalysisPlan((), analytic=False)
        asking = True
        found.append(domain)
        analytic = analytic or bool(norms & _ANALYTIC)
    return AnalysisPlan(tuple(dict.fromkeys(found)), analytic)


def is_order(tokens: Sequence[Token], phrases: AgentPhrases = NO_AGENT_PHRASES) -> bool:
    """Whether some clause begins with an imperative that changes items and with no phrase of an agent."""
    return any(
        _beginning(clause) == "other" and phrases.leading(clause) is None for clause in _clauses(tokens)
    )


def _clauses(tokens: Sequence[Token]) -> list[Sequence[Token]]:
    clauses: list[Sequence[Token]] = []
    start = 0
    for at, token in enumerate(tokens):
        if token.kind != "quoted" and token.norm in _PARTING:
            clauses.append(tokens[start:at])
            start = at + 1
    clauses.append(tokens[start:])
    return [clause for clause in clauses if clause]


def _beginning(clause: Sequence[Token]) -> str:
    """Classify the verb that begins a clause: `asking`, `other`, or `nothing` without one."""
    norms = [token.norm if token.kind == "word" else "" for token in clause]
    at = _past_politeness(norms)
    for size in (3, 2, 1):
        phrase = " ".join(norms[at : at + size])
        if phrase in _ASKING or (size == 1 and phrase in _DETECTING):
            return "asking"
        if size == 1 and phrase in QUESTION_WORDS:
            return "asking"
        if phrase in VERBS:
            shown = norms[at + size : at + size + 1] in (["me"], ["us"])
            return "asking" if shown and VERBS[phrase] & {"show"} else "other"
    return "nothing"


def _past_politeness(norms: Sequence[str]) -> int:
    at = 0
    while at < len(norms):
        if norms[at] in FILLERS:
            at += 1
            continue
        polite = next(
            (one for one in POLITE_PREFIXES if tuple(norms[at : at + len(one)]) == one and one != ("new",)),
            None,
        )
        if polite is None:
            return at
        at += len(polite)
    return at


def _domain(clause: Sequence[Token], norms: set[str], lexicon: Lexicon) -> PrimaryIntent | None:
    if norms & _FORECASTING:
        return "forecasting"
    if norms & _SUPPLIERS or _RECOMMENDING.search(" ".join(token.norm for token in clause)):
        return "supplier_management"
    if norms & _INVENTORY:
        return "inventory_management"
    for at in range(len(clause)):
        typed = longest(lexicon.types, clause, at)
        criterion = longest(lexicon.criteria, clause, at)
        if typed and typed[0].type == lexicon.default_type:
            return "inventory_management"
        if criterion and lexicon.default_type in criterion[0]:
            return "inventory_management"
    return None


def focus_of(tokens: Sequence[Token], lexicon: Lexicon) -> str:
    """The stock criterion that selects the items, such as `low_stock` in `for what is low`; empty without one."""
    for at, token in enumerate(tokens):
        found = longest(lexicon.criteria, tokens, at)
        criterion = found[0].get(lexicon.default_type, "") if found else ""
        found_out = token.norm == "out" and at and tokens[at - 1].norm in ("find", "figure", "point", "work")
        if criterion and not found_out:
            return criterion
    return ""


def is_recommending(text: str) -> bool:
    """Whether a text asks for a supplier recommendation."""
    return _RECOMMENDING.search(text.casefold()) is not None


def is_about_ownership(text: str) -> bool:
    """Whether a text asks for the total cost of ownership."""
    return _OWNERSHIP.search(text.casefold()) is not None


def demand_actions(tokens: Sequence[Token]) -> tuple[Action, ...]:
    """The demand analyses that a request asks for, in order; `forecast` when it names none."""
    actions: list[Action] = []
    for at, token in enumerate(tokens):
        word = token.norm
        if word in (
            "anomaly",
            "anomalies",
            "outlier",
            "outliers",
            "anomalous",
            "spikes",
            "unusual",
            "abnormal",
            "irregular",
        ):
            actions.append("anomalies")
        elif word in ("seasonal", "seasonality", "seasons", "season"):
            actions.append("seasonality")
        elif word in ("scenario", "scenarios", "optimistic", "pessimistic") or (
            word == "case" and at and tokens[at - 1].norm in ("worst", "best")
        ):
            actions.append("scenarios")
        elif word in (
            "forecast",
            "forecasts",
            "forecasting",
            "predict",
            "predicting",
            "prediction",
            "predictions",
            "projection",
            "projections",
        ):
            actions.append("forecast")
    return tuple(dict.fromkeys(actions)) or ("forecast",)


def horizon_of(text: str) -> tuple[int | None, float | None]:
    """The forecast horizon that a text names: 12 periods of 30.4375 days for `the next 12 months`.

    The first is None when the text names no horizon, the second when the periods are those of the history; the caller, who
    has the history, converts.
    """
    folded = text.casefold()
    for match in _AHEAD.finditer(folded):
        number = match["number"] or match["before"] or ("one" if match["one"] else None)
        begin = match.start("number") if match["number"] else match.start()
        if number is None or _LEAVING_OUT.search(folded[max(0, match.start() - 9) : begin]):
            continue
        unit = match["unit"] or match["of"] or match["one"] or ""
        if match["number"] and not unit and "horizon" not in match[0]:
            continue
        periods = cardinal_of(number) or 0
        if 0 < periods <= MOST_PERIODS:
            return periods, DAYS_IN.get(unit.removesuffix("s"))
    return None, None
