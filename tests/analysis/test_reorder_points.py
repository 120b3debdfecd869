import math
from statistics import NormalDist

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamd.analysis._consumption import Consumption, consumption_of
from streamd.analysis._reorder_points import days_covered, reorder_point
from streamd.core.item import item_of

ITEM = item_of({"id": "x", "type": "inventory", "name": "x"})


def steady(mean: float, deviation: float) -> Consumption:
    return Consumption(mean=mean, deviation=deviation, confidence=1.0)


def rare(history: list[float]) -> Consumption:
    found = consumption_of(ITEM, history)
    assert found is not None
    return found


def test_safety_stock_covers_varying_demand_and_varying_lead_times() -> None:
    # sqrt(9 x 20² + 100² x 2²) = 208.81, times 1.6449 = 343.46
    point = reorder_point(steady(100, 20), 9, lead_time_deviation=2, service_level=0.95)
    assert (point.units, point.safety_stock) == (1244, 344)


def test_with_a_fixed_lead_time_the_safety_stock_is_z_times_sigma_times_the_root_of_the_lead_time() -> None:
    assert reorder_point(steady(100, 20), 9).safety_stock == 99  # 1.6449 x 20 x 3 = 98.7


def test_more_service_takes_more_stock_and_half_takes_none() -> None:
    stocks = [reorder_point(steady(100, 20), 9, service_level=p).safety_stock for p in (0.5, 0.9, 0.99)]
    assert stocks == [0, 77, 140]  # z = 0, 1.2816, 2.3263


def test_without_any_variance_nothing_is_kept_as_safety() -> None:
    assert reorder_point(steady(10, 0), 7).safety_stock == 0


def test_a_delivery_at_once_needs_no_reorder_point() -> None:
    point = reorder_point(steady(10, 5), 0)
    assert (point.units, point.safety_stock) == (0, 0)


def test_a_period_without_demand_counts_in_the_mean() -> None:
    assert rare([0, 0, 0, 12] * 3).mean == 3


@pytest.mark.parametrize(
    ("history", "is_intermittent"),
    [([5.0, 6.0] * 6, False), ([5.0, 6.0, 7.0, 0.0] * 3, True), ([5.0] * 4 + [0.0], False)],
)
def test_demand_is_intermittent_from_132_hundredths_of_a_period_between_demands_on(
    history: list[float], is_intermittent: bool
) -> None:
    assert rare(history).is_intermittent is is_intermittent


def test_history_that_is_no_number_is_left_out() -> None:
    found = consumption_of(ITEM, [10.0, math.nan, math.inf, 10.0])
    assert found is not None
    assert (found.mean, found.periods) == (10, 2)


def service_of(stock: float, chance: float, size: float, lead_time: int) -> float:
    """The exact chance that demand of `size` units, on each day with `chance`, stays within the stock."""
    orders = int(stock // size)
    return sum(
        math.comb(lead_time, k) * chance**k * (1 - chance) ** (lead_time - k)
        for k in range(min(orders, lead_time) + 1)
    )


@pytest.mark.parametrize("service", [0.9, 0.95, 0.99])
@pytest.mark.parametrize(("every", "lead_time"), [(4, 10), (10, 10), (20, 10), (50, 10), (50, 30)])
def test_the_point_of_intermittent_demand_keeps_the_service_it_promises(
    every: int, lead_time: int, service: float
) -> None:
    history = ([0.0] * (every - 1) + [10.0]) * 20
    point = reorder_point(rare(history), lead_time, service_level=service)
    assert service_of(point.units, 1 / every, 10, lead_time) >= service


def test_a_normal_safety_stock_would_break_that_promise() -> None:
    demand = rare(([0.0] * 49 + [10.0]) * 20)
    normal = 10 * demand.mean + NormalDist().inv_cdf(0.99) * demand.deviation * math.sqrt(10)
    assert service_of(normal, 1 / 50, 10, 10) < 0.99


def exact_service(stock: float, sizes: dict[float, float], chance: float, lead_time: int) -> float:
    """The chance that demand stays within the stock, by adding up every possible sum."""
    sums = {0.0: 1.0}
    for _ in range(lead_time):
        following: dict[float, float] = {}
        for total, known in sums.items():
            following[total] = following.get(total, 0.0) + known * (1 - chance)
            for size, share in sizes.items():
                following[total + size] = following.get(total + size, 0.0) + known * chance * share
        sums = following
    return sum(known for total, known in sums.items() if total <= stock)


@pytest.mark.parametrize("service", [0.9, 0.95, 0.98])
def test_the_point_of_lumpy_demand_keeps_the_service_nearly(service: float) -> None:
    history = [0.0, 0.0, 4.0, 0.0, 0.0, 1.0, 0.0, 0.0, 10.0, 0.0, 0.0, 5.0] * 10
    point = reorder_point(rare(history), 10, service_level=service)
    kept = exact_service(point.units, {4: 0.25, 1: 0.25, 10: 0.25, 5: 0.25}, 1 / 3, 10)
    assert kept == pytest.approx(service, abs=0.02)


def test_an_uncertain_lead_time_takes_more_stock_for_intermittent_demand_too() -> None:
    demand = rare([0.0, 0.0, 0.0, 10.0] * 10)
    sure = reorder_point(demand, 12)
    unsure = reorder_point(demand, 12, lead_time_deviation=6)
    assert unsure.units > sure.units


@pytest.mark.parametrize("deviation", [1e7, 1e12])
def test_the_point_for_a_lead_time_that_varies_without_measure_is_found_at_once(deviation: float) -> None:
    demand = rare([0.0, 0.0, 0.0, 10.0] * 10)
    assert demand.rare is not None
    point = reorder_point(demand, 12, lead_time_deviation=deviation)
    normal = NormalDist().inv_cdf(0.95) * demand.mean * deviation
    assert point.safety_stock == pytest.approx(normal, rel=1e-3)


def test_demand_so_rare_that_none_is_likely_is_covered_by_its_mean() -> None:
    point = reorder_point(rare(([0.0] * 99 + [1000.0]) * 2), 2)
    assert (point.units, point.safety_stock) == (20, 0)


def test_one_demand_in_a_history_and_no_lead_time_break_nothing() -> None:
    assert reorder_point(rare([0.0, 0.0, 7.0]), 0).units == 0
    assert reorder_point(rare([0.0, 0.0, 7.0]), 1).units == 7


def test_weeks_of_intermittent_demand_count_as_weeks() -> None:
    weekly = consumption_of(ITEM, [0.0, 0.0, 0.0, 10.0] * 10, days_per_period=7)
    assert weekly is not None
    # 8 weeks with a chance of a quarter each: at most 4 demands with 97 %, at most 3 with 89 %
    assert reorder_point(weekly, 56).units == 40


def test_many_demands_in_a_lead_time_are_normal_again() -> None:
    demand = rare([0.0, 10.0] * 50)
    point = reorder_point(demand, 400)
    assert point.safety_stock == math.ceil(1.644854 * demand.deviation * 20)


@given(
    history=st.lists(st.floats(0, 1e9), min_size=3, max_size=30),
    lead_time=st.floats(0, 500),
    lead_time_deviation=st.floats(0, 100),
    service=st.floats(0.5, 0.9999),
)
def test_more_service_never_takes_less_stock(
    history: list[float], lead_time: float, lead_time_deviation: float, service: float
) -> None:
    demand = consumption_of(ITEM, history)
    assert demand is not None
    some, more = (
        reorder_point(demand, lead_time, lead_time_deviation=lead_time_deviation, service_level=level)
        for level in (0.5, service)
    )
    assert some.units <= more.units
    assert 0 <= more.safety_stock <= more.units


def test_stock_is_sure_to_last_less_than_it_lasts_on_average() -> None:
    # 10 t + 1.6449 x 5 x sqrt(t) = 100 at t = 7.716
    assert days_covered(100, steady(10, 5), 0.95) == pytest.approx(7.7156, abs=1e-3)
    assert days_covered(100, steady(10, 0), 0.95) == pytest.approx(10)
    assert days_covered(0, steady(10, 5), 0.95) == 0
