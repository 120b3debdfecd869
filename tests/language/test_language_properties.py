"""What holds for any request at all."""

from collections.abc import Sequence

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streamd.core.item import Item
from streamd.core.item_type import ItemTypes

from .harness import outcome_of
from .phrasings import rows

WORDS = sorted({word for say, _ in rows() for word in say.split(" ")})
SAID = [say for say, _ in rows()]
SALAD = st.lists(st.sampled_from(WORDS), max_size=25).map(" ".join)
BROKEN = st.tuples(st.sampled_from(SAID), st.integers(0, 80), st.text(max_size=6)).map(
    lambda parts: parts[0][: parts[1]] + parts[2] + parts[0][parts[1] + 1 :]
)
JOINED = st.tuples(
    st.sampled_from(SAID),
    st.sampled_from([" and ", ", then ", ". ", " or ", " but ", " "]),
    st.sampled_from(SAID),
).map("".join)
ANY = st.one_of(st.text(max_size=200), SALAD, BROKEN, JOINED)
ASKING = st.sampled_from(
    [
        "what if I ",
        "should I ",
        "what would happen if we ",
        "why did you ",
        "how do I ",
        "when did we ",
        "who would ",
    ]
)
ORDERS = [say for say in SAID if not any(mark in say for mark in ".?!;\n")]
RELAXED = settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@given(text=ANY)
@RELAXED
def test_no_text_makes_it_raise_and_whatever_it_does_is_valid(
    text: str, items: Sequence[Item], types: ItemTypes
) -> None:
    # the harness fails on ids that do not exist, on values that a type forbids, and on calls beside a refusal
    found = outcome_of(text, items, types)
    assert 0 <= found.understanding.intent.confidence <= 1
    assert found.understanding.reply or found.understanding.refusal or found.understanding.intent.actions
    assert not (found.understanding.refusal and found.understanding.preference)
    assert found.understanding.plan
    assert found.understanding.plan[0] == found.understanding.intent.primary_intent


@given(start=ASKING, order=st.sampled_from(ORDERS))
@RELAXED
def test_a_question_about_an_order_changes_nothing(
    start: str, order: str, items: Sequence[Item], types: ItemTypes
) -> None:
    assert outcome_of(f"{start}{order}?", items, types).nothing


@given(
    order=st.sampled_from(
        [
            say
            for say, expected in rows()
            if expected.startswith("- ")
            and not set("~+") & set(expected)
            and not {"because", "since"} & set(say.split(" "))  # a reason may end in any words
        ]
    )
)
@RELAXED
def test_a_removal_with_an_unexplained_ending_changes_nothing(
    order: str, items: Sequence[Item], types: ItemTypes
) -> None:
    assert outcome_of(f"{order.rstrip('.!')} frobnicated yesterday", items, types).nothing


@given(text=ANY)
@RELAXED
def test_the_same_request_is_understood_the_same_way_twice(
    text: str, items: Sequence[Item], types: ItemTypes
) -> None:
    assert outcome_of(text, items, types) == outcome_of(text, items, types)
