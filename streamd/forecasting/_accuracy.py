"""Measures of forecast error, in percent."""

from collections.abc import Sequence
from statistics import fmean

from streamd.forecasting._ensemble import EnsembleTrial


def smape(pairs: Sequence[tuple[float, float]]) -> float:
    """Symmetric mean absolute percentage error of pairs of actual and expected, 0 to 200.

    Mean of 200 |a - e| / (a + e), the form of the M3 and M4 competitions (Makridakis and Hibon 2000); 0 against
    0 is no error.
    """
    return 200 * fmean([abs(a - e) / (a + e) if a or e else 0.0 for a, e in pairs])


def hold_out_error(history: Sequence[float], trial: EnsembleTrial) -> dict[str, float]:
    """The sMAPE of every method that was tried and of the `ensemble`, over all scored origins and steps."""
    return {
        name: round(
            smape(
                [
                    pair
                    for origin, path in zip(trial.scored, paths, strict=True)
                    for pair in zip(history[origin:], path, strict=False)
                ]
            ),
            9,
        )  # the last digits of a constant are no error
        for name, paths in trial.paths.items()
    }
