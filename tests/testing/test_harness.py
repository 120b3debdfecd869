"""The kit with which agents are tested: it asks, answers, kills and resumes as clients of a daemon would."""

from collections.abc import AsyncGenerator
from typing import Any

import pytest
from structlog.testing import capture_logs

from streamd import AddItems, Agent, AgentError, Explain, IdempotencyKey, Response, Run
from streamd.core.prompt import Prompt
from streamd.errors import ConfigurationError, ModelError
from streamd.testing import Harness, call, killed_everywhere, open_harness

BOLTS = {"type": "inventory", "id": "bolt", "name": "Bolt", "current_stock": 3}


async def _count(run: Run) -> AsyncGenerator[Response, None]:
    stock = [item.fields["current_stock"] for item in await run.items("inventory")]
    facts = (f"There are {len(stock)} items.",)
    report = run.think(f"Report: {facts}", task=Explain(facts))
    async for words in report:
        yield words
    run.update(report=report.text)


async def _keep(run: Run) -> AsyncGenerator[Response, None]:
    await run.ask("Keep the report as a note?")
    text = str(run.state["report"])
    await run.carry_out([AddItems(({"type": "note", "name": "Stock report", "text": text},))])
    yield Response("general_complete", "The report is kept.")


STOCKTAKER = Agent(
    "stocktaker",
    nodes={"count": _count, "keep": _keep},
    edges={"count": "keep"},
    phrases=("count the stock",),
)


async def test_a_request_is_followed_to_its_question_and_its_answer_to_the_end() -> None:
    async with open_harness(STOCKTAKER, items=[BOLTS]) as harness:
        run = await harness.request("Please count our stock")
        assert (run.ended, run.message) == ("interrupt", "Keep the report as a note?")
        assert "There are 1 items." in run.text
        run = await run.approve()
        assert (run.ended, run.message) == ("complete", "Added 1 item: Stock report.")
        assert [item.fields["name"] for item in await harness.items("note")] == ["Stock report"]
        assert [event["event_type"] for event in await harness.events()] == ["item_added", "item_added"]


async def test_wherever_it_is_killed_the_run_goes_on_and_each_order_is_made_once() -> None:
    orders: list[tuple[str, str]] = []

    async def order(item: str, key: IdempotencyKey) -> str:
        """Order an item."""
        orders.append((item, key))
        return f"ordered {item}"

    async def buy(run: Run) -> AsyncGenerator[Response, None]:
        async for response in run.act(run.request.user_input):
            yield response

    async def scenario(harness: Harness) -> None:
        orders.clear()
        run = await harness.request("Buy", agent="buyer")
        assert (run.ended, run.message) == ("complete", "Bought.")
        assert run.text == "Bought."
        assert [item for item, _ in dict.fromkeys(orders)] == ["bolt", "nut"]
        assert len(harness.prompts) == 2

    awaits = await killed_everywhere(
        scenario,
        Agent("buyer", buy, tools=[order]),
        model=lambda: [[call("order", item="bolt"), call("order", item="nut")], "Bought."],
    )
    assert awaits > 3


async def test_what_asks_nothing_cannot_be_answered() -> None:
    async with open_harness() as harness:
        run = await harness.request("Hello")
        with pytest.raises(ValueError, match="the run asks nothing"):
            await run.approve()


async def test_a_question_and_its_answer_survive_a_kill_at_every_await() -> None:
    async def scenario(harness: Harness) -> None:
        run = await harness.request("Please count our stock")
        run = await run.approve(by="ann")
        assert (run.ended, run.message) == ("complete", "Added 1 item: Stock report.")
        assert [item.fields["name"] for item in await harness.items("note")] == ["Stock report"]
        assert [event["event_type"] for event in await harness.events()] == ["item_added", "item_added"]

    assert await killed_everywhere(scenario, STOCKTAKER, items=[BOLTS]) >= 3


async def test_a_refused_question_ends_the_run() -> None:
    async with open_harness(STOCKTAKER, items=[BOLTS]) as harness:
        run = await (await harness.request("Please count our stock")).reject()
        assert run.ended == "cancelled"
        assert await harness.items("note") == []


async def test_what_was_asked_before_a_restart_can_be_answered_after_it() -> None:
    async with open_harness(STOCKTAKER, items=[BOLTS]) as harness:
        run = await harness.request("Please count our stock")
        await harness.restart()
        assert (await run.approve()).ended == "complete"
        await harness.kill()
        assert harness.kills == 1
        assert len(await harness.items("note")) == 1


async def test_the_kit_finds_what_is_done_again_after_a_kill() -> None:
    """What a node does outside `once` is repeated: the kill has to show it."""
    done: list[str] = []

    async def careless(run: Run) -> AsyncGenerator[Response, None]:
        done.append("paid")
        yield Response("general_complete", "Paid.")
        await run.items()

    async def scenario(harness: Harness) -> None:
        done.clear()
        assert (await harness.request("Pay", agent="payer")).message == "Paid."
        assert done == ["paid"]

    with pytest.raises(AssertionError):
        await killed_everywhere(scenario, Agent("payer", careless))


async def test_once_keeps_what_was_done_once() -> None:
    async def careful(run: Run) -> AsyncGenerator[Response, None]:
        async def price() -> object:
            return 3

        yield Response("general_complete", f"It costs {await run.once('price', price)}.")

    async def scenario(harness: Harness) -> None:
        assert (await harness.request("Price?", agent="pricer")).message == "It costs 3."

    assert await killed_everywhere(scenario, Agent("pricer", careful)) > 0


async def test_a_script_answers_with_json_fails_and_tells_when_it_is_at_its_end() -> None:
    async def ask(run: Run) -> AsyncGenerator[Response, None]:
        read = run.think("How many?", schema={"type": "object"})
        async for _ in read:
            pass
        yield Response("general_complete", read.text)

    busy = ModelError("the model is busy", kind="overloaded", retryable=True)
    async with open_harness(Agent("asker", ask), model=[busy, {"count": 3}]) as harness:
        assert (await harness.request("Go", agent="asker")).message == '{"count":3}'
        run = await harness.request("Go on", agent="asker")
        assert (run.ended, run.code) == ("error", "model_failed")
        assert "the test's script has no further turn" in run.message


async def test_turns_in_order_are_for_agents_also_where_a_request_names_none() -> None:
    async def ask(run: Run) -> AsyncGenerator[Response, None]:
        async for response in run.think(run.request.user_input):
            yield response

    async with open_harness(Agent("asker", ask, phrases=("ask away",)), model=["Asked."]) as harness:
        run = await harness.request("Please ask away")
        assert (run.ended, run.text) == ("complete", "Asked.")
        assert [prompt.agent for prompt in harness.prompts] == ["asker"]


async def test_a_function_can_be_the_script() -> None:
    async def ask(run: Run) -> AsyncGenerator[Response, None]:
        async for response in run.think(run.request.user_input):
            yield response

    def echo(prompt: Prompt) -> str:
        return f"{len(prompt.messages)} messages"

    async with open_harness(Agent("asker", ask), model=echo) as harness:
        assert (await harness.request("Go", agent="asker")).text == "1 messages"


async def test_an_agent_with_the_name_of_another_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="has the name of the built-in agent inventory"):
        async with open_harness(Agent("inventory", _count)):
            pass


async def test_an_agent_tells_why_it_cannot_go_on() -> None:
    async def ask(run: Run) -> AsyncGenerator[Response, None]:
        yield Response("general_complete", "Looking.")
        raise AgentError("the price service is down", retryable=True)

    async with open_harness(Agent("pricer", ask)) as harness:
        run = await harness.request("Price?", agent="pricer")
    assert (run.ended, run.code, run.message) == ("error", "run_failed", "the price service is down")
    assert run.responses[-1]["retryable"] is True


async def test_what_an_agent_did_not_expect_is_logged_with_its_place_and_told_to_nobody() -> None:
    async def divide(run: Run) -> AsyncGenerator[Response, None]:
        yield Response("general_complete", str(1 // len(run.request.context)))

    with capture_logs() as logged:
        async with open_harness(Agent("divider", divide)) as harness:
            run = await harness.request("Go", agent="divider")
    assert "division" not in str(run.responses)
    (failed,) = [one for one in logged if one["event"] == "run_failed"]
    assert (failed["agent"], failed["run"]) == ("divider", run.run_id)
    assert failed["at"].partition(":")[0] == __file__
    assert failed["at"].endswith(" in divide")


async def test_a_node_that_yields_nothing_is_a_plain_coroutine() -> None:
    async def look(run: Run) -> None:
        run.update(seen=len(await run.items()))

    async def tell(run: Run) -> AsyncGenerator[Response, None]:
        yield Response("general_complete", f"{run.state['seen']} items")

    agent = Agent("looker", nodes={"look": look, "tell": tell}, edges={"look": "tell"})
    async with open_harness(agent, items=[BOLTS]) as harness:
        assert (await harness.request("Go", agent="looker")).message == "1 items"


@pytest.mark.parametrize("node", [lambda run: None, len, "count", None])
def test_what_is_no_coroutine_is_refused_as_a_node_where_the_agent_is_made(node: Any) -> None:
    with pytest.raises(ValueError, match="cannot be a node: define it with `async def`"):
        Agent("counter", nodes={"count": node})
