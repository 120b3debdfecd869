"""Words findings on suppliers: grounds of scores, advice, and risks with their mitigations."""

from collections.abc import Callable, Mapping
from typing import Final, assert_never

from streamd.analysis import (
    AdviceKind,
    ConcentratedLocation,
    ConcentratedOrders,
    Grounds,
    PaidInAdvance,
    RatedAsRisk,
    Risk,
    SingleSource,
    SupplierAdvice,
    Unreliable,
    WithoutCertificates,
)
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


def risk_description(risk: Risk) -> str:
    """Word a risk: what may happen and why."""
    match risk:
        case RatedAsRisk(name, level):
            return f"{name} is rated as a {level} risk"
        case Unreliable(name, score):
            return f"Reliability of {name} is {words(score)} out of 100"
        case SingleSource(name, supplied, dependents):
            many = len(dependents)
            depend = f"; {listing(dependents)} come{'s' if many == 1 else ''} from it" if many else ""
            return f"{name} is the only supplier of {listing(supplied)}{depend}"
        case PaidInAdvance(name, terms):
            return f"{name} is paid before it delivers ({terms})"
        case ConcentratedOrders(name, amount, share):
            return f"{words(100 * share)} % of the money in open orders ({money(amount)}) is with {name}"
        case ConcentratedLocation(location, here, located):
            return f"{here} of {located} suppliers are in {location}"
        case WithoutCertificates(name, is_recorded):
            return f"{name} {'has no' if is_recorded else 'has no recorded'} certifications"
        case _:
            assert_never(risk)


def risk_mitigation(risk: Risk) -> str:
    """Word what to do about a risk."""
    match risk:
        case RatedAsRisk(name):
            return f"Review {name} every quarter and keep a second supplier ready"
        case Unreliable(name):
            return f"Hold safety stock of what {name} delivers and agree on penalties for late deliveries"
        case SingleSource(_, supplied):
            return f"Qualify a second supplier of {listing(supplied)}"
        case PaidInAdvance(name):
            return f"Negotiate payment after delivery with {name}, or ask for a guarantee"
        case ConcentratedOrders(name):
            return f"Spread the next orders over other suppliers than {name}"
        case ConcentratedLocation(location):
            return f"Look for a supplier outside {location}"
        case WithoutCertificates(name):
            return f"Ask {name} for its quality certificates, such as ISO 9001"
        case _:
            assert_never(risk)
