"""The wording of findings on suppliers: grounds of scores, advice, and risks with their mitigations."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from streamd.analysis._supplier_findings import AdviceKind, Grounds, Risk, Severity, SupplierAdvice
from streamd.core.supplier_preferences import Aspect
from streamd.text.figures import money, words
from streamd.text.lists import listed, listing
from streamd.text.plurals import counted

_FIELDS: Final[Mapping[Aspect, str]] = {
    "delivery": "the delivery time",
    "quality": "the defect rate",
    "cost": "the unit cost (and that of a competitor)",
    "reliability": "the reliability score",
}


def ground_text(aspect: Aspect, grounds: Grounds) -> str:
    """Word the figures of one score: `delivers in 7 days, 98 % on time`."""
    return _GROUNDS[aspect](grounds)


def _delivery(grounds: Grounds) -> str:
    parts = [f"delivers in {counted(grounds['days'], 'day')}"] if "days" in grounds else []
    if "on_time_percent" in grounds:
        parts.append(f"{words(grounds['on_time_percent'])} % on time")
    elif "orders" in grounds:
        parts.append(f"{grounds['on_time_orders']:g} of {grounds['orders']:g} orders on time")
    return ", ".join(parts)


def _quality(grounds: Grounds) -> str:
    if "defect_percent" in grounds:
        return f"{words(grounds['defect_percent'])} % defective"
    return f"{counted(grounds['certificates'], 'certificate')}, no defect rate"


def _cost(grounds: Grounds) -> str:
    own, lowest = words(grounds["unit_cost"]), words(grounds["lowest_unit_cost"])
    return f"costs {own} a unit, the cheapest competitor {lowest}"


def _reliability(grounds: Grounds) -> str:
    return f"reliability {words(grounds['reliability'])} of 100"


_GROUNDS: Final[Mapping[Aspect, Callable[[Grounds], str]]] = {
    "delivery": _delivery,
    "quality": _quality,
    "cost": _cost,
    "reliability": _reliability,
}


def advice_text(name: str, advice: SupplierAdvice) -> str:
    """Word one recommendation on a supplier."""
    return _ADVICE[advice.kind](name, advice)


def _shorten_delivery(name: str, advice: SupplierAdvice) -> str:
    fastest = f", {advice.fastest[0]} {words(advice.fastest[1])}" if advice.fastest else ""
    return (
        f"Agree on a shorter delivery time with {name}, or hold more safety stock: "
        f"it takes {counted(advice.figure, 'day')}{fastest}"
    )


def _record_data(name: str, advice: SupplierAdvice) -> str:
    needed = ", ".join(_FIELDS[aspect] for aspect in advice.aspects)
    return f"Record {needed} of {name}, to rate its {listed(advice.aspects)}"


_ADVICE: Final[Mapping[AdviceKind, Callable[[str, SupplierAdvice], str]]] = {
    "avoid_for_critical_items": lambda name, advice: (
        f"Keep critical items away from {name} until its reliability of {words(advice.figure)} out of 100 improves"
    ),
    "shorten_delivery": _shorten_delivery,
    "penalise_lateness": lambda name, _: (
        f"Agree on penalties for late deliveries with {name}: most of them are late"
    ),
    "inspect_deliveries": lambda name, advice: (
        f"Inspect deliveries of {name} and agree on a limit: {words(advice.figure)} percent are defective"
    ),
    "negotiate_price": lambda name, _: f"Negotiate prices with {name}: a competitor costs less than half",
    "record_data": _record_data,
    "prefer": lambda name, _: f"Prefer {name} for critical items",
}


def rated_as_risk(name: str, level: Severity) -> Risk:
    """The risk of a supplier that is rated as one."""
    return Risk(
        "operational",
        f"{name} is rated as a {level} risk",
        level,
        f"Review {name} every quarter and keep a second supplier ready",
    )


def unreliable(name: str, score: float, severity: Severity) -> Risk:
    """The risk of a low reliability, 0 to 100."""
    return Risk(
        "operational",
        f"Reliability of {name} is {words(score)} out of 100",
        severity,
        f"Hold safety stock of what {name} delivers and agree on penalties for late deliveries",
    )


def single_source(name: str, supplied: Sequence[str], dependents: Sequence[str], severity: Severity) -> Risk:
    """The risk of a category or products that only one supplier has."""
    what = listing(supplied)
    depend = (
        f"; {listing(dependents)} come{'s' if len(dependents) == 1 else ''} from it" if dependents else ""
    )
    return Risk(
        "single_source",
        f"{name} is the only supplier of {what}{depend}",
        severity,
        f"Qualify a second supplier of {what}",
    )


def paid_in_advance(name: str, terms: str) -> Risk:
    """The risk of payment before delivery."""
    return Risk(
        "financial",
        f"{name} is paid before it delivers ({terms})",
        "medium",
        f"Negotiate payment after delivery with {name}, or ask for a guarantee",
    )


def concentrated_orders(name: str, amount: float, share: float, severity: Severity) -> Risk:
    """The risk of a large share, 0 to 1, of the money in open orders."""
    return Risk(
        "financial",
        f"{words(100 * share)} % of the money in open orders ({money(amount)}) is with {name}",
        severity,
        f"Spread the next orders over other suppliers than {name}",
    )


def concentrated_location(location: str, here: int, located: int, severity: Severity) -> Risk:
    """The risk of many suppliers in one place."""
    return Risk(
        "geographic",
        f"{here} of {located} suppliers are in {location}",
        severity,
        f"Look for a supplier outside {location}",
    )


def without_certificates(name: str, *, is_recorded: bool) -> Risk:
    """The risk of no certificates, or of none on record."""
    return Risk(
        "compliance",
        f"{name} {'has no' if is_recorded else 'has no recorded'} certifications",
        "medium" if is_recorded else "low",
        f"Ask {name} for its quality certificates, such as ISO 9001",
    )
