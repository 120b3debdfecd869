from hypothesis import given
from hypothesis import strategies as st

from streamd.analysis.ownership_cost import tco_analysis
from streamd.analysis.procurement import procurement_recommendations
from streamd.analysis.purchase_needs import needs_from
from streamd.analysis.stock import analyze_stock
from streamd.analysis.suppliers import analyze_suppliers
from streamd.core.item import Item, ItemId, item_of
from streamd.core.values import Value
from streamd.language.findings._procurement_explanation import explain_procurement
from streamd.language.findings._stock_explanation import explain_stock
from streamd.language.findings._supplier_explanation import explain_suppliers
from streamd.language.findings._supplier_sentences import advice_text


def item(kind: str, name: str, **fields: Value) -> Item:
    return item_of({"id": name.lower(), "type": kind, "name": name, **fields})


B = item(
    "inventory", "Product B", current_stock=25, min_stock=30, max_stock=100, reorder_point=40, unit_cost=15.5
)
WIRE = item(
    "inventory", "Wire", current_stock=500, min_stock=50, max_stock=300, reorder_point=80, unit_cost=1.2
)
GOOD = item("supplier", "Good", delivery_time=7, reliability_score=95, certifications=["ISO 9001"])
BAD = item("supplier", "Bad", delivery_time=21, reliability_score=45, certifications=["ISO 9001"])


def test_stock_is_explained_with_its_figures_and_with_what_is_missing() -> None:
    said = " ".join(explain_stock(analyze_stock([B, WIRE])))
    assert "I examined the stock of 2 items, worth 987.50 at cost" in said
    assert "Product B (25 left, reorder point 40)" in said
    assert "Wire (500 against 300)" in said
    assert "binds 240.00" in said
    assert "75 of Product B (up to the maximum of 100); 1,162.50 at cost" in said
    assert "2 items without `demand` (Product B and Wire)" in said
    assert "`average_daily_demand`" in said


def test_nothing_is_said_of_demand_when_none_is_known() -> None:
    said = " ".join(explain_stock(analyze_stock([B])))
    assert "runs out" not in said
    assert "turns over" not in said
    assert "cost least" not in said


def test_without_stock_it_is_said_what_to_give() -> None:
    (said,) = explain_stock(analyze_stock([GOOD]))
    assert "`current_stock`" in said
    assert "`inventory_data`" in said


def test_known_demand_is_explained_as_days_points_turnover_and_orders() -> None:
    fields: dict[str, Value] = {
        "average_daily_demand": 5, "lead_time": 10, "ordering_cost": 30, "holding_rate": 0.2
    }  # fmt: skip
    items = [item_of({**one.flat(), **fields}) for one in (B, WIRE)]
    said = " ".join(explain_stock(analyze_stock(items)))
    assert "Product B in 5 days (high; 95 % sure to last 3.6 days)" in said
    assert "12 of it as safety" in said
    assert "Wire moves slowest: 3.6 times a year, 100 days of supply" in said
    assert "Ordering and holding together cost least at" in said
    assert "`demand`" not in said


def test_intermittent_demand_and_none_at_all_are_told_apart() -> None:
    rare = item("inventory", "Rare", current_stock=40, lead_time=10)
    dead = item("inventory", "Dead", current_stock=40, lead_time=10)
    demand = {ItemId("rare"): [0.0, 0.0, 0.0, 9.0] * 5, ItemId("dead"): [0.0] * 20}
    said = " ".join(explain_stock(analyze_stock([rare, dead], demand)))
    assert "1 item is asked for only now and then" in said
    assert "There was no demand at all for Dead" in said


def test_suppliers_are_explained_by_name_score_and_ground() -> None:
    said = " ".join(explain_suppliers(analyze_suppliers([BAD, GOOD])))
    assert "Good performs best: 0.78, good; delivers in 7 days (0.77)" in said
    assert "Bad performs worst" in said
    assert "The risk with Bad is high (0.60 of 1)" in said
    assert "I found no risks with Good" in said
    assert "Cost of Good and Bad could not be rated" in said
    assert "told from certificates only" in said


def test_without_suppliers_it_is_said_what_to_give() -> None:
    (said,) = explain_suppliers(analyze_suppliers([B]))
    assert "`supplier_data`" in said


def test_suppliers_without_any_figure_are_not_said_to_perform() -> None:
    said = " ".join(explain_suppliers(analyze_suppliers([item("supplier", "Bare")])))
    assert "Nothing is recorded by which 1 supplier could be rated" in said
    assert "performs" not in said


def test_a_purchase_is_explained_with_need_choice_cost_and_gaps() -> None:
    suppliers = analyze_suppliers([GOOD, BAD])
    needs = needs_from(analyze_stock([B]))
    said = " ".join(
        explain_procurement(procurement_recommendations(needs, suppliers), tco_analysis(needs, suppliers))
    )
    assert "1 item has to be bought, 1 of high urgency" in said
    assert "Product B: 25 left, reorder point 40." in said
    assert "Order 75 units of Product B from Good" in said
    assert "The total cost of Product B is unknown" in said
    assert "Record `unit_cost` of Good and Bad" in said


def test_without_needs_it_is_said_why_nothing_is_bought() -> None:
    (said,) = explain_procurement([])
    assert "Nothing needs to be bought" in said
    assert "`max_stock`" in said


AMOUNTS = st.none() | st.floats(-5, 1e6) | st.integers(0, 100)
FIELDS = (
    "delivery_time", "reliability_score", "defect_rate", "unit_cost", "on_time_rate", "shipping_cost", "ordering_cost",
)  # fmt: skip


@given(
    rows=st.lists(st.fixed_dictionaries(dict.fromkeys(FIELDS, AMOUNTS)), max_size=5),
    stock=st.floats(0, 1e4),
    forecast=st.lists(st.floats(0, 1e4), max_size=5),
)
def test_any_figures_give_sentences_without_holes(
    rows: list[dict[str, float | None]], stock: float, forecast: list[float]
) -> None:
    suppliers = analyze_suppliers(
        item("supplier", f"S{n}", **{name: value for name, value in row.items() if value is not None})
        for n, row in enumerate(rows)
    )
    low = item("inventory", "X", current_stock=stock, reorder_point=5000, supplier="S0", unit_cost=3)
    needs = needs_from(analyze_stock([low]), {ItemId("x"): forecast})
    said = [
        *explain_suppliers(suppliers),
        *explain_procurement(procurement_recommendations(needs, suppliers), tco_analysis(needs, suppliers)),
    ]
    assert said
    for text in said:
        assert text.endswith(".")
        assert "None" not in text
        assert "nan" not in text.replace("finance", "").replace("financial", "")
        assert "  " not in text
        assert ".." not in text


def test_long_lists_are_told_in_part_with_how_many_there_are() -> None:
    items = [item("inventory", f"I{n}", current_stock=0, reorder_point=5, max_stock=10) for n in range(8)]
    said = explain_stock(analyze_stock(items))
    assert "3 more are out of stock." in said
    assert any("80 of" not in text and "and 3 more" in text for text in said)
    assert max(len(text) for text in said) < 600


def test_an_items_own_service_level_is_the_one_that_is_told() -> None:
    own = item(
        "inventory",
        "X",
        current_stock=10,
        average_daily_demand=4,
        lead_time=4,
        service_level=0.99,
        max_stock=20,
    )
    said = " ".join(explain_stock(analyze_stock([own])))
    assert "99 % sure to last" in said
    assert "a 99 % chance of not running out" in said


def test_the_topics_that_answer_come_first_and_nothing_else_changes() -> None:
    analysis = analyze_stock([B, WIRE])
    usual, asked = explain_stock(analysis), explain_stock(analysis, first=["overstock", "orders"])
    assert sorted(usual) == sorted(asked)
    assert "overstocked" in asked[0]
    assert asked[1].startswith("To order now")


def test_an_item_called_like_a_topic_answers_no_question_about_it() -> None:
    overstocked = item("inventory", "Overstocked", current_stock=10, reorder_point=40, max_stock=100)
    first, *_ = explain_stock(analyze_stock([overstocked]), first=["overstock"])
    assert first.startswith("I examined")


def test_advice_on_a_supplier_is_a_kind_with_figures_before_it_is_a_sentence() -> None:
    (bad,) = [one for one in analyze_suppliers([BAD, GOOD]).performance if one.supplier_name == "Bad"]
    assert [(one.kind, one.figure, one.fastest) for one in bad.advice] == [
        ("avoid_for_critical_items", 45, None),
        ("shorten_delivery", 21, ("Good", 7)),
        ("record_data", 0, None),
    ]
    texts = [advice_text(bad.supplier_name, one) for one in bad.advice]
    assert [text.split(" ")[0] for text in texts] == ["Keep", "Agree", "Record"]
