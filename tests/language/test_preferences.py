"""What somebody wants to hold from now on is recognised, and orders are never taken for it."""

from collections.abc import Sequence

import pytest

from streamd.core.item import Item
from streamd.core.item_type import ItemTypes
from streamd.core.tool_calls import Preference, Understanding
from streamd.language import preference_of, understand

from .harness import outcome_of
from .phrasings import rows

pytestmark = pytest.mark.requirement("A12")

STATED = """
I prefer suppliers from Europe :: preferred_location Europe
i'd prefer suppliers in Asia Pacific or North America :: preferred_location Asia Pacific | North America
We like European suppliers. :: preferred_location Europe
I prefer suppliers from Europe because they are close :: preferred_location Europe
Going forward, recommend only suppliers from Europe :: preferred_location Europe
we don't work with suppliers in Asia :: avoided_location Asia
Avoid suppliers from China :: avoided_location China
I avoid Chinese suppliers :: avoided_location China
never buy from Asia or overseas :: avoided_location Asia | overseas
Don't recommend suppliers from Asia :: avoided_location Asia
Remember that we always buy from Global Parts Inc :: preferred_supplier Global Parts Inc
we only buy from techcorp solutions :: preferred_supplier TechCorp Solutions
Our preferred supplier is TechCorp Solutions :: preferred_supplier TechCorp Solutions
I prefer to buy from Global Parts Inc :: preferred_supplier Global Parts Inc
We prefer Global Parts Inc over TechCorp Solutions :: preferred_supplier Global Parts Inc
always use Global Parts Inc :: preferred_supplier Global Parts Inc
never order from Budget Suppliers Ltd :: avoided_supplier Budget Suppliers Ltd
Do not buy from Budget Suppliers Ltd. :: avoided_supplier Budget Suppliers Ltd
stop buying from budget suppliers ltd :: avoided_supplier Budget Suppliers Ltd
we never buy from Acme Corp. anymore :: avoided_supplier Acme Corp
I do not want to work with Budget Suppliers Ltd :: avoided_supplier Budget Suppliers Ltd
I prefer not to buy from Budget Suppliers Ltd :: avoided_supplier Budget Suppliers Ltd
I want to avoid Budget Suppliers Ltd :: avoided_supplier Budget Suppliers Ltd
I'd like to avoid suppliers from China :: avoided_location China
Please always answer briefly :: answer_style brief
I like short answers :: answer_style brief
I hate long answers :: answer_style brief
Never give me long answers :: answer_style brief
Please keep your answers short :: answer_style brief
Please be brief :: answer_style brief
I would like short answers from now on :: answer_style brief
Remember to always answer in detail :: answer_style detailed
I prefer to get answers as bullet points :: answer_style list
From now on use a forecast horizon of 12 :: forecast_periods 12
From now on, forecast six months ahead :: forecast_periods 6
my currency is EUR :: currency EUR
Remember: our currency is US dollars :: currency USD
Always show prices in euros :: currency EUR
please use CHF from now on :: currency CHF
Set my currency to GBP :: currency GBP
I like window seats :: note window seats
Always use metric units :: note always use metric units
Remember that we are closed on Fridays :: note we are closed on Fridays
I'm vegetarian :: note I'm vegetarian
I prefer reliable suppliers :: note reliable suppliers
"""

NOT_STATED = """
Remember to remove Product A
Remember: remove Product A
Don't forget to add 2 suppliers
Set the supplier of Product A to Global Parts Inc
From now on the supplier of Product A is Global Parts Inc
Remember that Product B has 75 units
I want 3 more suppliers
I'd like a list of suppliers
I want suppliers from Europe
show suppliers from Europe
only suppliers from Europe
Do we prefer suppliers from Europe?
never mind
never delete any suppliers
don't remove anything
always remove low stock items
I like to remove Product A
I love Product A, remove it
I like it
We never received 20 units of Product A
We don't sell Product C any more, remove it from the list
we no longer work with Budget Suppliers Ltd, remove them
order 20 Product A from Global Parts Inc
We prefer to set the stock of Product B to 80
Never order more than 10 units of Product A
change the currency of Product A to EUR
My stock of Product A is 5
We need short cables
I'd like to order from Global Parts Inc
I'd prefer to order 5 Product A from Global Parts Inc
"""


WITHDRAWN = """
I no longer avoid Global Parts Inc :: avoided_supplier Global Parts Inc
I don't prefer suppliers from China any more :: preferred_location China
I no longer prefer suppliers from Europe :: preferred_location Europe
Stop avoiding Global Parts Inc :: avoided_supplier Global Parts Inc
Stop preferring European suppliers :: preferred_location Europe
I no longer want to avoid Budget Suppliers Ltd :: avoided_supplier Budget Suppliers Ltd
Don't avoid Global Parts Inc :: avoided_supplier Global Parts Inc
I don't want short answers any more :: answer_style brief
Stop answering briefly :: answer_style brief
Forget that I avoid Global Parts Inc :: avoided_supplier Global Parts Inc
Forget that our fiscal year begins in July :: note our fiscal year begins in July
Forget my preference for Europe :: preferred_location Europe
Forget my preference for TechCorp Solutions :: preferred_supplier TechCorp Solutions
Forget my currency preference :: currency
Please forget all my preferences. :: *
forget everything you know about me :: *
"""


def preference_in(line: str, items: Sequence[Item], types: ItemTypes) -> tuple[Understanding, Preference]:
    """What a sentence states is as its line says, and nothing is done."""
    say, _, expected = line.partition(" :: ")
    key, _, value = expected.partition(" ")
    found = outcome_of(say, items, types)
    stated = found.understanding.preference
    assert stated is not None
    said = " | ".join(stated.value) if isinstance(stated.value, tuple) else str(stated.value)
    assert (stated.key, said) == (key, value)
    assert found.nothing
    return found.understanding, stated


@pytest.mark.parametrize("line", WITHDRAWN.strip().splitlines())
def test_what_is_taken_back_is_withdrawn_and_never_stored_as_its_contrary(
    line: str, items: Sequence[Item], types: ItemTypes
) -> None:
    found, stated = preference_in(line, items, types)

    assert stated.withdrawn
    assert found.reply.startswith("Forgotten: ")


@pytest.mark.parametrize("say", ["Forget it", "Forget that one", "Forget Product A", "Stop avoiding delays"])
def test_forgetting_something_else_withdraws_no_preference(
    say: str, items: Sequence[Item], types: ItemTypes
) -> None:
    stated = outcome_of(say, items, types).understanding.preference
    assert stated is None or stated.key == "note"


@pytest.mark.parametrize("line", STATED.strip().splitlines())
def test_a_lasting_preference_is_noted_and_changes_nothing(
    line: str, items: Sequence[Item], types: ItemTypes
) -> None:
    found, stated = preference_in(line, items, types)

    assert stated == preference_of(line.partition(" :: ")[0], items)
    assert found.intent.primary_intent == "general"
    assert found.intent.actions == ("remember",)
    assert found.reply.startswith("Noted: ")


@pytest.mark.parametrize("say", NOT_STATED.strip().splitlines())
def test_orders_questions_and_wishes_of_the_moment_state_none(
    say: str, items: Sequence[Item], types: ItemTypes
) -> None:
    assert preference_of(say, items) is None
    assert outcome_of(say, items, types).understanding.preference is None


def test_nothing_that_changes_items_is_taken_for_a_preference(items: Sequence[Item]) -> None:
    orders = [say for say, expected in rows() if expected[:1] in "+-~"]

    assert [say for say in orders if preference_of(say, items) is not None] == []


def test_what_is_noted_is_said_back(items: Sequence[Item], types: ItemTypes) -> None:
    found = understand("I prefer suppliers from Europe", {}, items, types)

    assert found.preference is not None
    assert found.preference.text == "prefers suppliers from Europe"
    assert found.reply == "Noted: you prefer suppliers from Europe."


def test_a_preference_and_a_request_in_one_message_are_both_heard(
    items: Sequence[Item], types: ItemTypes
) -> None:
    found = outcome_of("We always buy from Global Parts Inc. Remove Product A.", items, types)

    assert found.removed == ("inv-a",)
    assert found.understanding.preference is not None
    assert found.understanding.preference.value == ("Global Parts Inc",)
    assert found.understanding.intent.actions == ("remember", "remove")


def test_of_a_message_that_is_refused_nothing_is_noted(items: Sequence[Item], types: ItemTypes) -> None:
    found = understand("I prefer suppliers from Europe. asdf qwer", {}, items, types)

    assert found.refusal
    assert found.preference is None


def test_of_two_preferences_the_second_is_asked_for_again(items: Sequence[Item], types: ItemTypes) -> None:
    found = understand("I prefer European suppliers and short answers", {}, items, types)

    assert found.preference is not None
    assert found.preference.key == "preferred_location"
    assert "say again" in found.reply
    assert "you prefer brief answers" in found.reply


@pytest.mark.parametrize(
    "say",
    [
        "What are my preferences?",
        "show me my preferences",
        "what do I prefer?",
        "What do you remember about me?",
    ],
)
def test_asking_for_preferences_recalls_them(say: str, items: Sequence[Item], types: ItemTypes) -> None:
    found = understand(say, {}, items, types)

    assert found.intent.actions == ("recall",)
    assert (found.calls, found.refusal, found.reply) == ((), "", "")


def test_a_sentence_of_endless_length_states_none() -> None:
    assert preference_of("I prefer " + "very " * 10_000 + "short answers") is None
