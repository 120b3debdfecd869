"""Requests for analyses say which domains, items, amounts and periods they are about, and change nothing."""

from collections.abc import Sequence

import pytest

from streamd.core.item import Item
from streamd.core.item_type import ItemTypes
from streamd.core.tool_calls import Need
from streamd.language import understand

from .harness import outcome_of

pytestmark = pytest.mark.requirement("A11")

SHORT = {"i": "inventory_management", "f": "forecasting", "s": "supplier_management", "g": "general"}

PLANS = """
Check stock, forecast demand for what is low and recommend suppliers :: ifs low_stock
Please analyze our inventory, recommend suppliers for out of stock items and give me a forecast :: isf out_of_stock
Evaluate our suppliers, then check stock levels :: si
Review inventory; assess supplier risks; predict demand :: isf
Analyze stock levels and forecast demand for Product A for 6 months :: if
List low stock items and forecast their demand :: if low_stock
Which items should I reorder and from which suppliers? :: is
Analyze inventory. Then evaluate our suppliers. :: is
forecast demand for low stock items :: f low_stock
Check stock and remove what is low :: i
Remove Product A and forecast demand :: f
Recommend suppliers for Copper Wire :: s
Show suppliers and inventory items :: s
How many suppliers do we have? :: s
Add 2 suppliers and 3 inventory items :: s
What does our return policy say? :: g
"""

SUPPLIERS = """
Recommend suppliers for Copper Wire :: recommend inv-d
Which supplier is best for Product B? :: recommend inv-b
Recommend suppliers for 200 units of Product B and 50 Copper Wire, no rush :: recommend inv-b 200 low, inv-d 50 low
Who should I buy 30 Product B from, it is urgent? :: recommend inv-b 30 high
I need a supplier for Product C as soon as possible :: recommend inv-c - high
Find a supplier for Product B soon :: recommend inv-b - medium
suggest vendors for what is out of stock :: recommend inv-c
Procure 300 Product B :: recommend inv-b 300
procurement recommendations for Product A :: recommend inv-a
Where can I order Product C? :: recommend inv-c
Which supplier should we use for Copper Wire? :: recommend inv-d
Compare suppliers for Product A :: recommend inv-a
recommend suppliers :: recommend
What does it cost to own Product B? :: tco inv-b
total cost of ownership for Product A :: tco inv-a
TCO of Product B :: tco inv-b
calculate the total cost of ownership of 40 Copper Wire :: tco inv-d 40
Compare the cost of ownership for all suppliers :: tco
"""

DEMAND = """
Forecast demand for Product A for the next 12 months :: forecast 12 inv-a
Forecast demand for Copper Wire :: forecast - inv-d
forecast 12 months ahead :: forecast 12
12-month forecast for Product B :: forecast 12 inv-b
Forecast demand for the next three weeks :: forecast 3
Forecast demand with a horizon of 8 :: forecast 8
predict demand, knowing the last 24 months :: forecast -
What will demand for Product A be over the next 6 periods? :: forecast 6 inv-a
detect anomalies in demand :: anomalies -
find unusual demand :: anomalies -
are there any outliers in sales? :: anomalies -
show seasonal patterns :: seasonality -
Is demand for Product A seasonal? :: seasonality - inv-a
what if demand drops: scenarios :: scenarios -
Run a what-if scenario for Product A :: scenarios - inv-a
Forecast demand, detect anomalies and show scenarios :: forecast|anomalies|scenarios -
"""

HORIZONS = """
Forecast demand for 3 months :: 3 30.4375
Forecast demand for the next week :: 1 7
Forecast demand for next quarter :: 1 91.3125
Forecast demand for next year :: 1 365.25
Forecast demand for the coming year :: 1 365.25
Forecast demand for two years :: 2 365.25
Forecast demand for a month :: 1 30.4375
Forecast demand for 6 weeks :: 6 7
Forecast demand for Product A over the next 90 days :: 90 1
Forecast next month's demand :: 1 30.4375
12-month forecast for Product B :: 12 30.4375
Forecast demand over the next 6 periods :: 6 -
Forecast demand from the last 3 months :: - -
"""

KNOWLEDGE = """
What does our return policy say?
How do I ship hazardous goods?
What is our policy on returns of Product A?
How long is the warranty on Product B?
What are the safety rules for Warehouse A?
What is the capital of France?
Who is the president of the USA?
What are our payment terms?
How do I set up the label printer?
Do we have a handbook?
Explain our onboarding procedure
Summarize the sales handbook
brainstorm ideas for marketing
Write a summary of the quarter
draft an email to Global Parts Inc
Tell me a joke
"""

ITEMS_ANSWER = """
How do I remove an item? :: help
How can I see what is low? :: help
what can you do for me? :: help
Where is Unobtainium? :: show
What is the price of Unobtainium? :: show
tell me about Product A :: show
Who supplies Product A? :: show
find suppliers in Europe :: show
who is our most reliable supplier? :: show
Why is Product C out of stock? :: show
What should I reorder? :: analyze
analyze stock levels :: analyze
"""


@pytest.mark.parametrize("line", PLANS.strip().splitlines())
def test_a_request_names_its_domains_in_order(line: str, items: Sequence[Item], types: ItemTypes) -> None:
    say, _, expected = line.partition(" :: ")
    letters, _, focus = expected.partition(" ")

    found = understand(say, {}, items, types)

    assert found.plan == tuple(SHORT[letter] for letter in letters)
    assert found.focus == focus
    assert found.refusal == ""
    assert found.intent.primary_intent == found.plan[0]
    assert not (found.calls and len(found.plan) > 1)


def test_several_analyses_carry_what_each_of_them_needs(items: Sequence[Item], types: ItemTypes) -> None:
    say = "Check stock, forecast demand for what is low for the next 6 months and recommend suppliers"
    found = outcome_of(say, items, types)

    assert found.nothing
    assert found.understanding.intent.actions == ("analyze", "forecast", "recommend")
    assert found.understanding.matched == ("inv-b", "inv-c")
    assert found.understanding.needs == (Need("inv-b"), Need("inv-c"))  # type: ignore[arg-type]  # ids of the samples
    assert found.understanding.periods == 6


def test_an_analysis_beside_a_change_leaves_the_change_as_it_is(
    items: Sequence[Item], types: ItemTypes
) -> None:
    assert outcome_of("Check stock and remove what is low", items, types).removed == ("inv-b", "inv-c")


@pytest.mark.parametrize(
    ("say", "left_out"),
    [
        ("Add 3 suppliers and then analyze our suppliers", "«analyze our suppliers»"),
        ("Add 3 suppliers and forecast demand", "«forecast demand»"),
        ("Remove Product A and recommend suppliers", "«recommend suppliers»"),
    ],
)
def test_an_analysis_that_is_not_made_beside_a_change_is_said_to_be_left_out(
    say: str, left_out: str, items: Sequence[Item], types: ItemTypes
) -> None:
    found = understand(say, {}, items, types)

    assert found.calls
    assert f"I left out {left_out}" in found.reply


@pytest.mark.parametrize("line", SUPPLIERS.strip().splitlines())
def test_whom_to_buy_from_is_asked_with_what_is_needed(
    line: str, items: Sequence[Item], types: ItemTypes
) -> None:
    say, _, expected = line.partition(" :: ")
    action, _, wanted = expected.partition(" ")
    needs = [[*one.split(), "-", "-"][:3] for one in wanted.split(", ") if one]

    found = outcome_of(say, items, types)

    assert found.nothing
    assert found.understanding.refusal == ""
    assert found.understanding.intent.primary_intent == "supplier_management"
    assert found.understanding.intent.actions == (action,)
    assert [
        [one.item_id, "-" if one.quantity is None else f"{one.quantity:g}", one.urgency or "-"]
        for one in found.understanding.needs
    ] == needs
    assert {one.item_id for one in found.understanding.needs} <= set(found.understanding.matched)


def test_an_item_nobody_knows_is_said_to_be_unknown(items: Sequence[Item], types: ItemTypes) -> None:
    found = understand("Who should I buy 200 Steel Bolts from, it is urgent?", {}, items, types)

    assert found.intent.actions == ("recommend",)
    assert "There is no item «Steel Bolts»" in found.reply


@pytest.mark.parametrize("line", DEMAND.strip().splitlines())
def test_what_is_wanted_of_demand_is_told_apart(line: str, items: Sequence[Item], types: ItemTypes) -> None:
    say, _, expected = line.partition(" :: ")
    actions, periods, *ids = expected.split(" ")

    found = outcome_of(say, items, types)

    assert found.nothing
    assert found.understanding.refusal == ""
    assert found.understanding.intent.primary_intent == "forecasting"
    assert found.understanding.intent.actions == tuple(actions.split("|"))
    assert found.understanding.periods == (None if periods == "-" else int(periods))
    assert not ids or list(found.understanding.matched) == ids


@pytest.mark.parametrize("line", HORIZONS.strip().splitlines())
def test_how_far_a_forecast_looks_is_told_with_the_length_of_what_was_named(
    line: str, items: Sequence[Item], types: ItemTypes
) -> None:
    say, _, expected = line.partition(" :: ")
    periods, _, days = expected.partition(" ")

    found = understand(say, {}, items, types)

    assert found.periods == (None if periods == "-" else int(periods))
    assert found.period_days == (None if days == "-" else float(days))


@pytest.mark.parametrize("say", KNOWLEDGE.strip().splitlines())
def test_what_no_item_says_is_left_to_whoever_knows(
    say: str, items: Sequence[Item], types: ItemTypes
) -> None:
    found = outcome_of(say, items, types)

    assert found.nothing
    assert found.understanding.intent.primary_intent == "general"
    assert found.understanding.intent.actions == ("ask",)
    assert found.words.strip() == ""


@pytest.mark.parametrize("line", ITEMS_ANSWER.strip().splitlines())
def test_what_the_items_say_is_answered_from_them(line: str, items: Sequence[Item], types: ItemTypes) -> None:
    say, _, action = line.partition(" :: ")

    found = outcome_of(say, items, types)

    assert found.nothing
    assert found.understanding.intent.actions == (action,)
    assert found.understanding.reply
