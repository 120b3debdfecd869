"""Long threads and long prompts: what does not fit the model's window gives way, and the run ends with an answer."""

from streamd.config import AgentOptions
from streamd.core.prompt import Message, Prompt, Text, ToolResult, ToolUse
from streamd.engine.steps._prompt_window import fitted, tokens_of
from tests.agents.model_office import model_office, texts
from tests.support.messages_api import Request
from tests.support.model_replies import Call, Reply, called, said, structured


async def test_the_router_is_told_the_last_exchange() -> None:
    async with model_office() as place:
        place.model.says(said("About 30 a day."), said("So."), intent="forecasting")
        await place.ask("Forecast the demand for bolts", thread_id="t")
        await place.ask("And for the next 90 days?", thread_id="t")

        (_, second) = place.model.sorted

    assert texts(second)[-3:] == [
        "user: Forecast the demand for bolts",
        "assistant: About 30 a day.",
        "user: And for the next 90 days?",
    ]


async def test_what_falls_out_of_a_long_thread_is_summed_up_once() -> None:
    summaries: list[Request] = []
    asked: list[Request] = []

    def answer(request: Request) -> Reply:
        if request.schema is not None:
            return structured({"primary_intent": "general", "confidence": 0.9, "steps": []})
        if "Sum up" in request.words:
            summaries.append(request)
            return said("Ann's ship is the Beagle.")
        asked.append(request)
        return said("word " * 200)

    async with model_office(conversation_tokens=1_500) as place:
        place.api.answer = answer
        await place.ask("My ship is the Beagle", "general", thread_id="t")
        for number in range(12):
            await place.ask(f"Question {number}", "general", thread_id="t")
            checkpoint = await place.engine.store.checkpoint_of("hall", "t")
            assert checkpoint is not None
            assert len(str(checkpoint.state)) < 12_000

    assert "My ship is the Beagle" in "".join(texts(summaries[0]))
    assert 1 < len(summaries) < 6
    assert "Ann's ship is the Beagle." in "".join(texts(summaries[-1]))
    assert "Ann's ship is the Beagle." in texts(asked[-1])[0]
    assert "Question 10" in "".join(texts(asked[-1]))


async def test_a_thread_keeps_no_more_word_by_word_than_its_agents_model_can_read() -> None:
    small = {"general": AgentOptions(context_tokens=12_192)}
    for agents, is_whole in (({}, True), (small, False)):
        async with model_office(agents=agents, conversation_tokens=12_000) as place:
            place.model.says(said("word " * 1_500), said("word " * 1_500), said("About ships."), said("Yes."))
            await place.ask("My ship is the Beagle", "general", thread_id="t")
            await place.ask("Go on", "general", thread_id="t")
            await place.ask("And?", "general", thread_id="t")

            last = texts(place.model.asked[-1])

        assert ("user: My ship is the Beagle" in last) is is_whole, last


async def test_a_summary_that_cannot_be_bought_is_made_of_first_words() -> None:
    async with model_office(conversation_tokens=300, max_attempts=1) as place:
        place.model.says(
            said("word " * 300), Reply(status=400, error={"type": "invalid_request_error", "message": "no"})
        )
        await place.ask("My ship is the Beagle", "general", thread_id="t")
        responses = await place.ask("And?", "general", thread_id="t")

        assert responses[-1]["type"] == "complete"
        assert "My ship is the Beagle" in texts(place.model.asked[-1])[0]


async def test_a_prompt_that_the_model_refuses_as_too_long_is_cut_until_it_fits() -> None:
    async with model_office(window_tokens=9_000) as place:
        place.model.says(said("I see."))
        responses = await place.ask("Look: " + "日本 " * 20_000 + "What is it?", "general")

    assert responses[-1]["message"] == "I see."
    (request,) = place.model.asked
    assert "characters left out" in request.words
    assert request.words.endswith("What is it?")


async def test_large_results_of_tools_give_way_and_the_run_ends_with_an_answer() -> None:
    notes = [
        {"id": f"note-{number}", "type": "note", "name": f"Note {number}", "text": f"{number} " * 8_000}
        for number in range(20)
    ]
    async with model_office(*notes, window_tokens=30_000, context_tokens=30_000) as place:
        place.model.says(
            *(called(Call("get_item", {"item_id": f"note-{number}"}, f"t{number}")) for number in range(20)),
            said("They are all long."),
        )
        responses = await place.ask("Read all the notes", "general")

        assert responses[-1]["type"] == "complete", responses[-1]
        last = texts(place.model.asked[-1])

    assert responses[-1]["message"] == "They are all long."
    assert "gave way" in "".join(last)
    assert "note-19" in last[-1]


def prompt(*messages: Message, earlier: int = 0) -> Prompt:
    return Prompt("general", "Be terse.", messages, earlier=earlier)


def test_a_prompt_that_fits_is_left_as_it_is() -> None:
    asked = prompt(Message("user", (Text("Hi"),)))

    assert fitted(asked, 100) is asked


def test_old_results_give_way_first_then_earlier_runs_then_the_middles_of_texts() -> None:
    use = Message("assistant", (ToolUse("t1", "look", {}),))
    old = Message("user", (ToolResult("t1", "x" * 30_000),))
    new = Message("user", (ToolResult("t1", "y" * 30_000),))
    earlier = Message("user", (Text("z" * 3_000),))
    request = Message("user", (Text("Look"),))
    asked = prompt(earlier, earlier, request, use, old, use, new, earlier=2)

    roomy = fitted(asked, 16_000)
    assert [message.role for message in roomy.messages] == [message.role for message in asked.messages]
    assert roomy.messages[-1] == new
    assert "gave way" in str(roomy.messages[4])

    tight = fitted(asked, 13_000)
    assert tight.earlier == 0
    assert tight.messages[0] == request
    assert tight.messages[-1] == new

    narrow = fitted(asked, 3_000)
    assert tokens_of(narrow) <= 3_000
    assert narrow.messages[0] == request
