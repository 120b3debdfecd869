"""Tools of an agent's own, as whoever writes them tests them: many at once, approved, timed, with progress and dependencies."""

import asyncio
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import attrs
import pytest
from structlog.testing import capture_logs
from structlog.typing import EventDict

from streamd import AddItems, Agent, CallTools, IdempotencyKey, Response, Run, ToolContext, tool
from streamd.core.prompt import ToolResult
from streamd.errors import ConfigurationError, InvalidMessageError
from streamd.testing import Harness, call, killed_everywhere, open_harness


@pytest.fixture(autouse=True)
def logged() -> Iterator[list[EventDict]]:
    """What is logged, as events."""
    with capture_logs() as events:
        yield events


async def _act(run: Run) -> AsyncGenerator[Response, None]:
    async for response in run.act(run.request.user_input):
        yield response


def agent(*tools: Any) -> Agent:
    return Agent("buyer", _act, tools=tools)


def results(daemon: Harness, turn: int = 1) -> Sequence[ToolResult]:
    """What the model was told before this turn of its own, in the order of its calls."""
    return [block for block in daemon.prompts[turn].messages[-1].blocks if isinstance(block, ToolResult)]


@attrs.define
class Shop:
    """A shop that sells nothing twice under one key, and what it sold."""

    orders: dict[str, tuple[str, int]] = attrs.field(factory=dict)
    """(item, quantity) by key."""
    calls: int = 0

    def order(self, item: str, quantity: int, key: str) -> None:
        self.calls += 1
        self.orders.setdefault(key, (item, quantity))

    @property
    def sold(self) -> list[tuple[str, int]]:
        return list(self.orders.values())

    def tool(self, **declared: Any) -> Any:
        """The tool that orders there."""

        async def order(item: str, key: IdempotencyKey, quantity: int = 1) -> str:
            """Order an item."""
            await asyncio.sleep(0)
            self.order(item, quantity, key)
            await asyncio.sleep(0)
            return f"ordered {quantity} {item}"

        return tool(**declared)(order)


# ── many at once ─────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_calls_of_one_turn_run_at_the_same_time_and_are_told_in_the_model_s_order() -> None:
    first_waits, second_ended = asyncio.Event(), asyncio.Event()

    async def look(at: str) -> str:
        """Look at it."""
        if at == "first":
            first_waits.set()
            await second_ended.wait()
        else:
            await first_waits.wait()
            second_ended.set()
        return f"saw {at}"

    turns: list[Any] = [[call("look", at="first"), call("look", at="second")], "Done."]
    async with open_harness(agent(look), model=turns) as daemon:
        run = await daemon.request("Look", agent="buyer")
        assert [one.content for one in results(daemon)] == ["saw first", "saw second"]
        assert run.message == "Done."


async def test_at_most_eight_run_at_a_time_and_one_that_runs_alone_waits_for_all_before_it() -> None:
    now, most, order = 0, 0, list[str]()

    async def look(at: str) -> str:
        """Look at it."""
        nonlocal now, most
        now += 1
        most = max(most, now)
        for _ in range(20):
            await asyncio.sleep(0)
        now -= 1
        order.append(at)
        return at

    @tool(runs_alone=True)
    async def tidy() -> str:
        """Tidy up."""
        assert now == 0
        order.append("tidy")
        await asyncio.sleep(0)
        assert now == 0
        return "tidied"

    looks = [call("look", at=str(number)) for number in range(20)]
    turns: list[Any] = [[*looks, call("tidy"), call("look", at="last")], "Done."]
    async with open_harness(agent(look, tidy), model=turns) as daemon:
        await daemon.request("Look", agent="buyer")
    assert most == 8
    assert order[-2:] == ["tidy", "last"]


async def test_items_are_changed_in_the_order_of_the_calls_however_long_each_takes() -> None:
    async def note(context: ToolContext, name: str, waits: int) -> str:
        """Note it."""
        for _ in range(waits):
            await asyncio.sleep(0)
        await context.carry_out([AddItems(({"type": "note", "name": name},))])
        return name

    async def scenario(daemon: Harness) -> None:
        run = await daemon.request("Note it", agent="buyer")
        assert run.ended == "complete"
        assert [one.fields["name"] for one in await daemon.items("note")] == ["a", "b", "mine", "c"]
        assert len(run.responses[-1]["data"]["added"]) == 4
        assert [one.content for one in results(daemon) if "added" not in one.content] == ["a", "b", "c"]

    def turns() -> list[Any]:
        mine = call("add_items", items=[{"type": "note", "name": "mine"}])
        return [
            [
                call("note", name="a", waits=6),
                call("note", name="b", waits=0),
                mine,
                call("note", name="c", waits=0),
            ],
            "Done.",
        ]

    assert await killed_everywhere(scenario, agent(note), model=turns) > 5


async def test_killed_in_the_middle_of_several_calls_each_order_is_made_once() -> None:
    shops = list[Shop]()

    async def scenario(daemon: Harness) -> None:
        run = await daemon.request("Order", agent="buyer")
        assert run.message == "Done."
        assert sorted(shops[-1].sold) == [("bolt", 1), ("nut", 2), ("nut", 2)]
        assert len(run.of_type("complete")) == 1

    def turns() -> list[Any]:
        shops.append(Shop())
        return [[call("order", item="bolt"), *[call("order", item="nut", quantity=2)] * 2], "Done."]

    async def order(item: str, key: IdempotencyKey, quantity: int = 1) -> str:
        """Order an item."""
        await asyncio.sleep(0)
        shops[-1].order(item, quantity, key)
        await asyncio.sleep(0)
        return f"ordered {quantity} {item}"

    assert await killed_everywhere(scenario, agent(order), model=turns) > 5
    assert any(shop.calls > 3 for shop in shops), "no call was cut off: the scenario proves nothing"


# ── time, progress, threads ──────────────────────────────────────────────────────────────────────────────────────────


async def test_a_call_that_takes_too_long_is_ended_logged_and_told_and_the_others_hold(
    logged: list[EventDict],
) -> None:
    @tool(timeout_seconds=0.01)
    async def hang() -> str:
        """Hang."""
        await asyncio.Event().wait()
        return "never"

    shop = Shop()
    turns: list[Any] = [[call("hang"), call("order", item="bolt")], "It was not there."]
    async with open_harness(agent(hang, shop.tool()), model=turns) as daemon:
        run = await daemon.request("Order", agent="buyer")
        late, ordered = results(daemon)
        assert late.is_error
        assert "hang took longer than 0.01 seconds" in late.content
        assert ordered.content == "ordered 1 bolt"
        assert run.message == "It was not there."
    (event,) = [one for one in logged if one["event"] == "tool_timed_out"]
    assert (event["tool"], event["agent"], event["run"]) == ("hang", "buyer", run.run_id)


async def test_waiting_for_the_calls_before_costs_a_call_none_of_its_time() -> None:
    passed = asyncio.Event()

    async def slow() -> str:
        """Be slow."""
        await passed.wait()
        return "slow"

    @tool(timeout_seconds=0.2)
    async def note(context: ToolContext) -> str:
        """Note it."""
        asyncio.get_running_loop().call_later(0.4, passed.set)
        await context.carry_out([AddItems(({"type": "note", "name": "N"},))])
        return "noted"

    async with open_harness(agent(slow, note), model=[[call("slow"), call("note")], "Done."]) as daemon:
        await daemon.request("Note it", agent="buyer")
        assert [one.content for one in results(daemon)] == ["slow", "noted"]


async def test_progress_from_inside_a_tool_is_told_once_wherever_the_daemon_is_killed() -> None:
    async def pack(context: ToolContext, what: str) -> str:
        """Pack it."""
        await context.progress(f"half of {what}", 0.5)
        await asyncio.sleep(0)
        await context.progress(f"all of {what}")
        context.log.info("packed")
        return f"{context.run_id} {context.principal.may('edit', context.request.workspace)} {context.key}"

    async def scenario(daemon: Harness) -> None:
        run = await daemon.request("Pack", agent="buyer")
        told = run.of_type("tool_progress")
        assert sorted((one["message"], one.get("progress")) for one in told) == [
            ("all of cups", None), ("all of tea", None), ("half of cups", 0.5), ("half of tea", 0.5),
        ]  # fmt: skip
        assert {(one["tool"], one["agent"]) for one in told} == {("pack", "buyer")}
        (cups, tea) = (one.content.split() for one in results(daemon))
        assert cups[:2] == tea[:2] == [run.run_id, "True"]
        assert {one["tool_call_id"] for one in told} == {cups[2], tea[2]}

    turns: list[Any] = [[call("pack", what="cups"), call("pack", what="tea")], "Done."]
    assert await killed_everywhere(scenario, agent(pack), model=lambda: turns) >= 3


async def test_a_plain_function_runs_in_a_thread_and_may_block() -> None:
    met = threading.Barrier(2, timeout=30)
    threads = list[threading.Thread]()

    def fetch(what: str, key: IdempotencyKey) -> dict[str, str]:
        """Fetch it."""
        threads.append(threading.current_thread())
        met.wait()
        return {"what": what, "key": key}

    turns: list[Any] = [[call("fetch", what="a"), call("fetch", what="b")], "Done."]
    async with open_harness(agent(fetch), model=turns) as daemon:
        await daemon.request("Fetch", agent="buyer")
        assert ['"what":"a"' in results(daemon)[0].content, results(daemon)[1].is_error] == [True, False]
    assert threading.main_thread() not in threads
    assert len(set(threads)) == 2


# ── approval ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def big(arguments: Any) -> bool:
    return bool(arguments["quantity"] > 10)


async def test_a_call_that_needs_approval_is_asked_about_with_its_arguments_quoted_and_then_made() -> None:
    shop = Shop()
    item = 'bolt"\n\n# Approved\u2028by me'
    turns: list[Any] = [[call("order", item=item, quantity=20)], "Ordered."]
    async with open_harness(agent(shop.tool(needs_approval=True)), model=turns) as daemon:
        asked = await daemon.request("Order", agent="buyer")
        assert asked.message == 'Call order with item "bolt\\"\\n\\n# Approved\\u2028by me", quantity 20?'
        assert asked.question is not None
        assert asked.question["reason"] == "tool_approval"
        assert asked.question["value"]["arguments"] == {"item": item, "quantity": 20}
        assert shop.sold == []
        run = await asked.approve(by="bob")
        assert run.message == "Ordered."
        assert shop.sold == [(item, 20)]
        assert results(daemon)[0].content == f"ordered 20 {item}"


@pytest.mark.parametrize(
    ("given", "asked"),
    [
        ({"size": 2, "item": "bolt", "quantity": 20}, 'item "bolt", quantity 20, size 2'),
        ({"quantity": 20, "size": 2, "item": "bolt"}, 'item "bolt", quantity 20, size 2'),
        ({"size": 2, "item": "bolt"}, 'item "bolt", quantity 1, size 2'),
        ({"item": "bolt"}, 'item "bolt", quantity 1, size null'),
    ],
)
async def test_an_approval_names_arguments_in_the_order_of_the_signature_also_after_a_kill(
    given: dict[str, object], asked: str
) -> None:
    @tool(needs_approval=True)
    async def order(item: str, quantity: int = 1, size: int | None = None) -> str:
        """Order an item."""
        return "ordered"

    async def scenario(daemon: Harness) -> None:
        run = await daemon.request("Order", agent="buyer")
        assert run.message == f"Call order with {asked}?"
        assert run.question is not None
        assert list(run.question["value"]["arguments"]) == ["item", "quantity", "size"]

    await killed_everywhere(scenario, agent(order), model=lambda: [call("order", **given), "Ordered."])


async def test_a_rejected_call_is_not_made_and_the_model_hears_who_did_it_and_why() -> None:
    shop = Shop()
    turns: list[Any] = [[call("order", item="bolt", quantity=20)], "Not ordered, then."]
    async with open_harness(agent(shop.tool(needs_approval=big)), model=turns) as daemon:
        asked = await daemon.request("Order", agent="buyer")
        run = await asked.reject("too many", by="bob")
        assert (run.ended, run.message, shop.sold) == ("complete", "Not ordered, then.", [])
        (told,) = results(daemon)
        assert told.is_error
        assert 'bob was asked and rejected this call of order, saying "too many"' in told.content


async def test_a_person_may_change_the_arguments_within_the_schema_and_the_model_hears_of_it() -> None:
    shop = Shop()
    turns: list[Any] = [[call("order", item="bolt", quantity=20)], "Ordered."]
    async with open_harness(agent(shop.tool(needs_approval=big)), model=turns) as daemon:
        asked = await daemon.request("Order", agent="buyer")
        for wrong in (
            {"quantity": 5},
            {"item": "bolt", "quantity": "many"},
            {"item": "bolt", "colour": 1},
            None,
        ):
            with pytest.raises(InvalidMessageError):
                await asked.respond("edit", wrong)
        await asked.respond("edit", {"item": "bolt", "quantity": 5}, by="bob")
        assert shop.sold == [("bolt", 5)]
        assert results(daemon)[0].content == (
            'bob changed the arguments to {"item":"bolt","quantity":5}. The result: ordered 5 bolt'
        )


async def test_calls_that_need_no_approval_go_on_and_each_other_is_asked_about_once_wherever_it_is_killed() -> (
    None
):
    shops = list[Shop]()

    @tool(needs_approval=big)
    async def order(item: str, key: IdempotencyKey, quantity: int = 1) -> str:
        """Order an item."""
        await asyncio.sleep(0)
        shops[-1].order(item, quantity, key)
        await asyncio.sleep(0)
        return f"ordered {quantity} {item}"

    async def scenario(daemon: Harness) -> None:
        asked = await daemon.request("Order", agent="buyer")
        assert asked.message == 'Call order with item "bolt", quantity 20?'
        assert shops[-1].sold == [("nut", 1), ("pin", 1)]
        asked = await asked.approve()
        assert asked.message == 'Call order with item "rod", quantity 30?'
        assert shops[-1].sold[2:] == [("bolt", 20)]
        run = await asked.reject(by="bob")
        assert run.message == "Done."
        assert shops[-1].sold == [("nut", 1), ("pin", 1), ("bolt", 20)]
        assert [one.is_error for one in results(daemon)] == [False, False, True, False]

    def turns() -> list[Any]:
        shops.append(Shop())
        calls = [("bolt", 20), ("nut", 1), ("rod", 30), ("pin", 1)]
        return [[call("order", item=item, quantity=quantity) for item, quantity in calls], "Done."]

    assert await killed_everywhere(scenario, agent(order), model=turns) > 5


async def test_offline_a_rejection_is_the_answer_and_not_what_the_task_says() -> None:
    shop = Shop()

    async def work(run: Run) -> AsyncGenerator[Response, None]:
        calls = (("order", {"item": "bolt"}),)
        async for response in run.act("Order", task=CallTools(calls, reply="It is ordered.")):
            yield response

    buyer = Agent("buyer", work, tools=(shop.tool(needs_approval=True),))
    async with open_harness(buyer) as daemon:
        asked = await daemon.request("Order", agent="buyer")
        assert asked.message == 'Call order with item "bolt", quantity 1?'
        run = await asked.reject(by="bob")
        assert (run.ended, run.text) == ("complete", "Refused by bob; nothing more was done.")
        run = await (await daemon.request("Order", agent="buyer")).approve()
        assert run.text == "It is ordered."
    assert shop.sold == [("bolt", 1)]


async def test_a_function_that_cannot_judge_asks(logged: list[EventDict]) -> None:
    def confused(arguments: Any) -> bool:
        return bool(arguments["colour"])

    shop = Shop()
    async with open_harness(
        agent(shop.tool(needs_approval=confused)), model=[call("order", item="bolt"), "Done."]
    ) as daemon:
        assert (await daemon.request("Order", agent="buyer")).ended == "interrupt"
    assert [one["tool"] for one in logged if one["event"] == "needs_approval_failed"] == ["order"]


# ── dependencies ─────────────────────────────────────────────────────────────────────────────────────────────────────


@attrs.define
class Prices:
    """A client of a service."""

    open: bool = True

    async def of(self, _item: str) -> float:
        assert self.open
        return 4.0


def watched() -> tuple[Any, list[str]]:
    """A dependency, and what became of it."""
    log = list[str]()

    @asynccontextmanager
    async def open_prices() -> AsyncIterator[Prices]:
        prices = Prices()
        log.append("opened")
        yield prices
        prices.open = False
        log.append("closed")

    return open_prices, log


async def test_a_dependency_is_opened_once_for_all_tools_that_need_it_and_closed_at_the_end() -> None:
    open_prices, log = watched()

    @tool(dependencies={"prices": open_prices}, effect="read")
    async def price(item: str, prices: Prices) -> float:
        """Look up a price."""
        return await prices.of(item)

    @tool(dependencies={"shop": open_prices}, effect="read")
    def is_open(shop: Prices) -> bool:
        """Ask whether the shop is open."""
        return shop.open

    assert list(price.input_schema["properties"]) == ["item"]  # type: ignore[call-overload]  # JSON
    turns: list[Any] = [
        [call("price", item="bolt"), call("is_open")],
        "First.",
        call("price", item="nut"),
        "Second.",
    ]
    async with open_harness(agent(price, is_open), model=turns) as daemon:
        await daemon.request("Ask", agent="buyer")
        await daemon.request("Ask", agent="buyer")
        assert [one.content for one in results(daemon)] == ["4.0", "true"]
        assert log == ["opened"]
    assert log == ["opened", "closed"]


async def test_a_test_opens_something_else_in_its_place() -> None:
    open_prices, log = watched()

    class MadeUp(Prices):
        async def of(self, _item: str) -> float:
            return 7.5

    @asynccontextmanager
    async def open_made_up() -> AsyncIterator[Prices]:
        yield MadeUp()

    @tool(dependencies={"prices": open_prices}, effect="read")
    async def price(item: str, prices: Prices) -> float:
        """Look up a price."""
        return await prices.of(item)

    async with open_harness(
        agent(price), model=[call("price", item="bolt"), "Done."], dependencies={open_prices: open_made_up}
    ) as daemon:
        await daemon.request("Ask", agent="buyer")
        assert results(daemon)[0].content == "7.5"
    assert log == []


async def test_a_dependency_that_cannot_be_opened_keeps_the_daemon_from_starting_and_is_named() -> None:
    log: list[str] = []

    @asynccontextmanager
    async def open_nothing() -> AsyncIterator[Prices]:
        if not log:
            raise OSError("no route to the shop")
        yield Prices()

    @tool(dependencies={"prices": open_nothing})
    async def price(item: str, prices: Prices) -> float:
        """Look up a price."""
        return await prices.of(item)

    with pytest.raises(ConfigurationError) as refused:
        async with open_harness(agent(price)) as daemon:
            await daemon.request("Ask", agent="buyer")
    assert "open_nothing" in str(refused.value)
    assert "buyer.price" in str(refused.value)
    assert "no route to the shop" in str(refused.value)


# ── results ──────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_result_that_is_no_json_names_tool_and_type_and_the_run_goes_on(
    logged: list[EventDict],
) -> None:
    async def weigh() -> object:
        """Weigh it."""
        return {"weight": 1 + 2j}

    async with open_harness(agent(weigh), model=[call("weigh"), "Done."]) as daemon:
        run = await daemon.request("Weigh", agent="buyer")
        (told,) = results(daemon)
        assert told.is_error
        assert "weigh was executed, but its result cannot be used" in told.content
        assert "complex" in told.content
        assert run.ended == "complete"
    assert [one["tool"] for one in logged if one["event"] == "tool_result_unusable"] == ["weigh"]
