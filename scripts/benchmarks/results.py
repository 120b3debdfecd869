"""Measurements as they come in, and what is said about them: medians, spreads, ratios."""

import statistics
from collections.abc import Iterable, Sequence

import attrs


@attrs.frozen
class Measurement:
    """One number of one repetition."""

    bench: str
    case: str
    metric: str
    contender: str
    value: float


@attrs.define
class Results:
    """Everything measured in one call, and what has to be said beside the numbers."""

    measurements: list[Measurement] = attrs.field(factory=list)
    remarks: list[str] = attrs.field(factory=list)

    def record(self, bench: str, case: str, contender: str, **metrics: float) -> None:
        for metric, value in metrics.items():
            self.measurements.append(Measurement(bench, case, metric, contender, value))

    def remark(self, text: str) -> None:
        if text not in self.remarks:
            self.remarks.append(text)

    def values(self, bench: str, case: str, metric: str, contender: str) -> list[float]:
        wanted = (bench, case, metric, contender)
        return [
            one.value
            for one in self.measurements
            if (one.bench, one.case, one.metric, one.contender) == wanted
        ]

    def contenders(self, bench: str) -> list[str]:
        """In the order in which they were first measured."""
        return list(dict.fromkeys(one.contender for one in self.measurements if one.bench == bench))


def spread(values: Sequence[float]) -> float:
    """From the lowest to the highest, as a share of the median; 0 if there is only one."""
    middle = statistics.median(values)
    return (max(values) - min(values)) / middle if middle else 0.0


def percentile(values: Iterable[float], percent: float) -> float:
    """The value below which `percent` per cent of them lie; no value is made up between two measured ones."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]
