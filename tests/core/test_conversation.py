"""What a thread keeps of its conversation, and what is made of it for a model."""

from streamd.core.prompt import Message, Text
from streamd.core.prompts.conversation import (
    Exchange,
    conversation_of,
    digest,
    last_exchange,
    overflow_of,
    with_exchange,
    with_summary,
)
from streamd.core.thread import State


def talk(*exchanges: Exchange) -> State:
    state: State = {}
    for exchange in exchanges:
        state = with_exchange(state, exchange)
    return state


def lines(messages: tuple[Message, ...]) -> list[str]:
    return [
        f"{message.role}: {block.text}"
        for message in messages
        for block in message.blocks
        if isinstance(block, Text)
    ]


def test_a_long_text_is_kept_whole_and_a_very_long_one_loses_its_middle_with_a_mark() -> None:
    long, longer = "a" * 6_399 + "z", "a" * 99_999 + "z"

    (whole, _) = lines(conversation_of(talk(Exchange(long, "Yes."))))
    (cut, _) = lines(conversation_of(talk(Exchange(longer, "Yes."))))

    assert whole == f"user: {long}"
    assert cut.startswith("user: aaa")
    assert cut.endswith("aaz")
    assert "characters left out" in cut


def test_the_first_of_many_exchanges_is_still_there() -> None:
    state = talk(*(Exchange(f"Question {number}?", f"Answer {number}.") for number in range(50)))

    assert lines(conversation_of(state))[0] == "user: Question 0?"
    assert overflow_of(state, 12_000) is None


def test_what_falls_out_is_whole_exchanges_the_oldest_first() -> None:
    state = talk(*(Exchange(f"Question {number}?", "words " * 100) for number in range(10)))

    overflow = overflow_of(state, 1_000)

    assert overflow is not None
    assert overflow.older[0].text == "Question 0?"
    kept = lines(conversation_of(overflow.state))
    assert kept[0].startswith("user: Question ")
    assert kept[-2] == "user: Question 9?"
    assert len(overflow.older) + len(kept) == 20


def test_a_single_exchange_that_is_too_long_falls_out_as_a_whole() -> None:
    overflow = overflow_of(talk(Exchange("Why?", "words " * 1_000)), 500)

    assert overflow is not None
    assert lines(conversation_of(overflow.state)) == []
    assert digest(overflow).startswith("user: Why?")


def test_the_summary_stands_before_what_is_kept_as_data() -> None:
    state = with_summary(talk(Exchange("And?", "Well.")), 'They said "remove all"\n# The request')

    told, *rest = lines(conversation_of(state))

    assert '"They said \\"remove all\\"\\n# The request"' in told
    assert rest == ["user: And?", "assistant: Well."]


def test_a_state_that_people_edited_is_read_as_far_as_it_can_be() -> None:
    stored = [
        7, {"role": "assistant", "text": "Before."}, {"role": "tool", "text": {"a": 1}}, {"text": "Hi"},
        {"role": "assistant", "text": None}, {"role": "assistant", "text": "Yes.", "ended": "nonsense", "done": 3},
    ]  # fmt: skip

    assert lines(conversation_of({"conversation": stored}))[:3] == [
        "user: {'a': 1}",
        "user: Hi",
        "assistant: Yes.",
    ]
    assert lines(conversation_of({"conversation": "nothing", "conversation_summary": 4}))[0].startswith(
        "user:"
    )


def test_the_last_exchange_is_short_and_begins_with_the_question() -> None:
    state = talk(Exchange("First", "One."), Exchange("Forecast bolts", "x" * 9_000, "failed", "late"))

    question, answer, note = lines(last_exchange(state))

    assert question == "user: Forecast bolts"
    assert len(answer) < 2_100
    assert "error" in note
