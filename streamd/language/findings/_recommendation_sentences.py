"""Words the reasons for recommending one supplier for a need and not another."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from streamd.analysis import (
    Adjustment,
    AdjustmentKind,
    NeedUrgency,
    ProcurementRecommendation,
    PurchaseNeed,
    SupplierChoice,
)
from streamd.text.figures import money, words
from streamd.text.lists import listing
from streamd.text.plurals import counted

_LEFT_OUT: Final = 3
_SITUATION: Final[Mapping[NeedUrgency, str]] = {
    "high": "it is urgent",
    "medium": "it is of medium urgency",
    "low": "there is time",
}
_ADJUSTMENTS: Final[Mapping[AdjustmentKind, Callable[[str, str], str]]] = {
    "avoided_supplier": lambda supplier, _: f"you avoid {supplier}",
    "preferred_supplier": lambda supplier, _: f"you prefer {supplier}",
    "preferred_location": lambda _, place: f"you prefer suppliers in {place}",
    "avoided_location": lambda _, place: f"you avoid suppliers in {place}",
    "unverified": lambda supplier, item: f"it is not recorded whether {supplier} delivers {item}",
}


def adjustment_reason(adjustment: Adjustment) -> str:
    """Word the reason of an adjustment: `you prefer suppliers in Europe`."""
    return _ADJUSTMENTS[adjustment.kind](adjustment.supplier, adjustment.subject)


def recommendation_text(recommendation: ProcurementRecommendation) -> str:
    """Word a recommendation: the order, its reasons, the effect of preferences, the next best supplier, and who is left out."""
    need = recommendation.need
    return f"{_order(recommendation)}{left_out_words(recommendation.left_out, need)}"


def _order(recommendation: ProcurementRecommendation) -> str:
    need, chosen = recommendation.need, recommendation.suppliers
    what = f"{words(need.quantity)} {need.unit} of {need.item_name}"
    if not chosen:
        return (
            f"Find a supplier for {what}: nobody whose products are recorded lists it, and there is nobody else to "
            "choose from; add suppliers, or complete their `products`"
        )
    best = chosen[0]
    if best.is_avoided:
        named = listing([f"{one.supplier_name} ({facts_of(one)})" for one in chosen])
        return f"For {what} nobody is left that you do not avoid, so nobody is recommended; avoided: {named}"
    sentences = [
        (
            f"Order {what} from {best.supplier_name}: score {best.score:.2f} of 1 among "
            f"{counted(recommendation.compared, 'supplier')} ({_weighed(recommendation)}); {facts_of(best)}"
        )
    ]
    sentences += [f"{_signed(one.points)} as {adjustment_reason(one)}" for one in best.adjustments]
    first = recommendation.first_by_figures
    if first is not None:
        why = " and ".join(adjustment_reason(one) for one in first.adjustments)
        because = f", but {why}" if why else ""
        sentences.append(f"by the figures alone {first.supplier_name} would come first{because}")
    if best.is_late and best.delivery_time is not None and need.within_days is not None:
        gap, in_time = best.delivery_time - need.within_days, recommendation.first_in_time
        faster = f"; {in_time.supplier_name} would be in time" if in_time else "; nobody known is in time"
        sentences.append(f"it arrives {counted(gap, 'day')} after the stock is used up{faster}")
    if len(chosen) > 1:
        second = chosen[1]
        avoided = ", which you avoid" if second.is_avoided else ""
        sentences.append(
            f"next is {second.supplier_name}{avoided} with {second.score:.2f} ({facts_of(second)})"
        )
    return "; ".join(sentences)


def left_out_words(names: Sequence[str], need: PurchaseNeed) -> str:
    """Name the suppliers that are not compared, as their recorded products do not include the need; empty without any."""
    if not names:
        return ""
    worded = listing(sorted(names), at_most=_LEFT_OUT)
    their = "its" if len(names) == 1 else "their"
    return f"; not compared: {worded}, as {their} recorded products do not include {need.item_name}"


def _weighed(recommendation: ProcurementRecommendation) -> str:
    """Word the weights of a comparison: `it is urgent: delivery 45 %, …`."""
    need, weights, priority = recommendation.need, recommendation.weights, recommendation.priority
    if not weights:
        return f"{_SITUATION[need.urgency]}, but nothing is recorded to compare them by"
    by_weight = sorted(weights.items(), key=lambda pair: -pair[1])
    shares = listing([f"{aspect} {words(round(100 * weight))} %" for aspect, weight in by_weight], at_most=4)
    asked = f", {priority} doubled as you asked" if priority in weights else ""
    return f"{_SITUATION[need.urgency]}: {shares}{asked}"


def facts_of(choice: SupplierChoice) -> str:
    """Word the figures of a choice: `delivers in 7 days, costs 1,949.25, reliability 95 of 100`."""
    worded, missing = [], []
    if choice.delivery_time is not None:
        worded.append(f"delivers in {counted(choice.delivery_time, 'day')}")
    else:
        missing.append("delivery time")
    if choice.total_cost is not None and choice.price is not None:
        general = ", its general price" if choice.price.basis == "general" else ""
        worded.append(f"costs {money(choice.total_cost)} ({money(choice.price.per_unit)} a unit{general})")
    else:
        missing.append("price")
    if choice.reliability is not None:
        worded.append(f"reliability {words(100 * choice.reliability)} of 100")
    else:
        missing.append("reliability")
    if missing:
        worded.append(f"{listing(missing)} not recorded")
    return ", ".join(worded)


def _signed(points: float) -> str:
    return f"{'plus' if points > 0 else 'minus'} {abs(points):.2f}"
