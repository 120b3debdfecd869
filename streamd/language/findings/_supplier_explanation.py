"""Explains a supplier analysis: performance and its grounds, risks, and missing data."""

from collections import Counter
from collections.abc import Mapping
from typing import Final

from streamd.analysis import WEIGHTS, SupplierAnalysis, SupplierPerformance, SupplierRisks
from streamd.core.supplier_preferences import Aspect
from streamd.language.findings._supplier_sentences import (
    advice_text,
    ground_text,
    risk_description,
    risk_mitigation,
)
from streamd.text.figures import words
from streamd.text.letter_case import capitalised
from streamd.text.lists import listing
from streamd.text.plurals import counted

_NAMED: Final = 5
_RISKY: Final = 3
_REMEDIES: Final[Mapping[Aspect, str]] = {
    "delivery": "`delivery_time` (days), and `on_time_rate` (percent)",
    "quality": "`defect_rate` (percent)",
    "cost": "`unit_cost` of at least two suppliers of one `category`",
    "reliability": "`reliability_score` (0 to 100)",
}


def explain_suppliers(analysis: SupplierAnalysis) -> list[str]:
    """Sentences, each with the numbers behind it; only of what was computed. Ends with the data that is missing."""
    if not analysis.performance:
        return [
            (
                "There are no suppliers, so there is nothing to compare: add some, import them from CSV, or give them as "
                "`supplier_data` with the request."
            )
        ]
    rated = [one for one in analysis.performance if one.scores]
    return [
        *_overview(analysis, rated),
        *_ranking(rated),
        *_risks(analysis),
        *_missing(analysis),
    ]


def _overview(analysis: SupplierAnalysis, rated: list[SupplierPerformance]) -> list[str]:
    many = len(analysis.performance)
    if not rated:
        return [f"Nothing is recorded by which {counted(many, 'supplier')} could be rated."]
    shares = listing([f"{aspect} {words(100 * weight)} %" for aspect, weight in WEIGHTS.items()], at_most=4)
    tiers = Counter(one.performance_tier for one in analysis.performance)
    worded = listing([f"{count} {tier}" for tier, count in tiers.items()], at_most=5)
    return [
        f"I rated {counted(many, 'supplier')} from 0 to 1 by {shares}, leaving out what is not recorded: {worded}.",
    ]


def _ranking(rated: list[SupplierPerformance]) -> list[str]:
    if not rated:
        return []
    best, worst = rated[0], rated[-1]
    sentences = [f"{best.supplier_name} performs best: {_why(best)}."]
    between = [f"{one.supplier_name} ({one.overall_score:.2f})" for one in rated[1:-1]]
    if between:
        sentences.append(
            f"Then {'comes' if len(between) == 1 else 'come'} {listing(between, at_most=_NAMED)}."
        )
    if len(rated) > 1:
        sentences.append(f"{worst.supplier_name} performs worst: {_why(worst)}.")
        advice = [one for one in worst.advice if one.kind != "record_data"]
        sentences += [f"{advice_text(worst.supplier_name, one)}." for one in advice[:2]]
    return sentences


def _why(one: SupplierPerformance) -> str:
    grounds = [
        f"{ground_text(aspect, figures)} ({one.scores[aspect]:.2f})"
        for aspect, figures in one.figures.items()
    ]
    return f"{one.overall_score:.2f}, {one.performance_tier}; {listing(grounds, at_most=4)}"


def _risks(analysis: SupplierAnalysis) -> list[str]:
    risky = [one for one in analysis.risks if one.risks]
    if not risky:
        return ["I found no geographic, single source, financial, compliance or operational risks."]
    sentences = [_risk(one) for one in risky[:_RISKY]]
    if len(risky) > _RISKY:
        rest = [f"{one.supplier_name} ({one.risk_level})" for one in risky[_RISKY:]]
        sentences.append(f"There are risks with {listing(rest, at_most=_NAMED)} too.")
    quiet = [one.supplier_name for one in analysis.risks if not one.risks]
    if quiet:
        sentences.append(f"I found no risks with {listing(quiet, at_most=_NAMED)}.")
    return sentences


def _risk(one: SupplierRisks) -> str:
    worst = sorted(one.risks, key=lambda risk: ("high", "medium", "low").index(risk.severity))
    worded = listing(
        [f"{risk_description(risk)} ({_type(risk.type)}, {risk.severity})" for risk in worst], at_most=3
    )
    return (
        f"The risk with {one.supplier_name} is {one.risk_level} ({one.risk_score:.2f} of 1): {worded}. "
        f"{risk_mitigation(worst[0])}."
    )


def _type(name: str) -> str:
    return name.replace("_", " ")


def _missing(analysis: SupplierAnalysis) -> list[str]:
    sentences = []
    for aspect in WEIGHTS:
        names = [one.supplier_name for one in analysis.performance if aspect in one.unknown]
        if names:
            sentences.append(
                f"{capitalised(aspect)} of {listing(names, at_most=_NAMED)} could not be rated: "
                f"record {_REMEDIES[aspect]}."
            )
    by_certificates = [
        one.supplier_name for one in analysis.performance if "certificates" in one.figures.get("quality", {})
    ]
    if by_certificates:
        sentences.append(
            f"Quality of {listing(by_certificates, at_most=_NAMED)} is told from certificates only; "
            f"{_REMEDIES['quality']} would say more."
        )
    return sentences
