import pytest

from streamd.core.item import START, Seq
from streamd.core.run import Budget, RunOptions
from streamd.wire.codec import parse
from streamd.wire.messages.run_messages import (
    AttachMessage,
    CancelMessage,
    GetProgressMessage,
    MultiAgentRequestMessage,
    UndoMessage,
    UserRequestMessage,
)
from tests.support.parsing import parsed, refused_path


@pytest.mark.requirement("A2")
def test_a_request_as_older_clients_send_it() -> None:
    message = parse(b'{"type":"user_request","user_input":"Add 5 items","context":{},"user_id":"u1"}')
    assert message == UserRequestMessage("Add 5 items", {}, "u1")


@pytest.mark.parametrize(
    "context", [{"action": "remove", "item_id": "a"}, '{"action":"remove","item_id":"a"}']
)
def test_a_context_is_an_object_or_the_json_text_of_one_and_may_say_all(context: object) -> None:
    message = parsed(
        type="user_request", context=context, agent="inventory", thread_id="t", options={"use_hitl": True}
    )
    assert message == UserRequestMessage(
        "", {"action": "remove", "item_id": "a"}, None, "t", "inventory", RunOptions(use_hitl=True)
    )


@pytest.mark.parametrize("context", [None, "", "  ", "null", "{}", {}])
def test_an_empty_context_is_no_context(context: object) -> None:
    message = parsed(type="user_request", user_input="hello", context=context)
    assert message == UserRequestMessage("hello", {})


@pytest.mark.requirement("A7")
def test_keys_of_a_context_that_nobody_knows_are_kept() -> None:
    message = parsed(
        type="user_request", user_input="plan", context={"context": "Q1 planning", "historical_data": []}
    )
    assert isinstance(message, UserRequestMessage)
    assert message.context == {"context": "Q1 planning", "historical_data": []}


def test_an_empty_name_is_as_good_as_none() -> None:
    message = parsed(type="user_request", user_input="x", user_id="", thread_id="", agent="")
    assert message == UserRequestMessage("x", {})


def options_of(**options: object) -> RunOptions:
    message = parsed(type="user_request", user_input="x", options=options)
    assert isinstance(message, UserRequestMessage)
    return message.options


def test_a_request_may_say_how_it_wants_to_be_treated() -> None:
    budget = {"seconds": 1.5, "tokens": 1000, "cost_usd": 1}
    options = options_of(use_hitl=True, max_revisions=0, multitask="interrupt", budget=budget)
    assert options == RunOptions(True, 0, "interrupt", Budget(1.5, 1000, 1.0))


@pytest.mark.parametrize(
    "options",
    [{}, {"use_hitl": None, "max_revisions": None, "multitask": None, "budget": None}, {"budget": {}}],
)
def test_what_options_do_not_say_is_as_configured(options: dict[str, object]) -> None:
    assert options_of(**options) == RunOptions()


def test_options_that_the_protocol_does_not_have_are_ignored() -> None:
    assert options_of(temperature=[[2**60]], budget={"miles": -1}) == RunOptions()


MULTI_AGENT = {
    "query": "Which supplier?",
    "coordination_mode": "comprehensive",
    "primary_agent": "supplier",
    "supporting_agents": ["research", "analysis", "research"],
    "context": {"quarter": "Q1"},
    "product_id": "wire-1",
    "thread_id": "t",
    "user_id": "u1",
    "options": {"max_revisions": 20},
}


@pytest.mark.requirement("B3")
def test_a_multi_agent_request_as_older_clients_send_it() -> None:
    message = parsed(type="multi_agent_request", request=MULTI_AGENT, request_id=3)
    assert message == MultiAgentRequestMessage(
        "Which supplier?",
        "comprehensive",
        "supplier",
        ("research", "analysis"),
        {"quarter": "Q1"},
        "wire-1",
        "t",
        "u1",
        RunOptions(max_revisions=20),
        request_id=3,
    )


def test_a_multi_agent_request_needs_only_its_query() -> None:
    assert parsed(type="multi_agent_request", request={"query": "q"}) == MultiAgentRequestMessage("q")


def test_to_want_nobodys_help_is_not_the_same_as_to_leave_the_choice() -> None:
    message = parsed(type="multi_agent_request", request={"query": "q", "supporting_agents": []})
    assert message == MultiAgentRequestMessage("q", supporting_agents=())


@pytest.mark.parametrize(("inside", "user_id"), [({}, "top"), ({"user_id": "inner"}, "inner")])
def test_the_user_of_a_multi_agent_request_may_stand_beside_it(
    inside: dict[str, object], user_id: str
) -> None:
    message = parsed(type="multi_agent_request", request={"query": "q", **inside}, user_id="top")
    assert message == MultiAgentRequestMessage("q", user_id=user_id)


def test_runs_are_watched_stopped_and_taken_back() -> None:
    assert parsed(type="attach", run_id="r", after=3) == AttachMessage("r", None, Seq(3))
    assert parsed(type="attach", thread_id="t") == AttachMessage(None, "t", START)
    assert parsed(type="cancel", run_id="r") == CancelMessage("r")
    assert parsed(type="cancel", thread_id="t", mode="after_turn") == CancelMessage(None, "t", "after_turn")
    assert parsed(type="undo", run_id="r", op_id="o", user_id="u") == UndoMessage("r", None, "o", "u")
    assert parsed(type="undo", seq=7) == UndoMessage(None, Seq(7))


def test_progress_is_asked_for_with_or_without_its_history() -> None:
    assert parsed(type="get_progress") == GetProgressMessage(None, 0)
    asked = parsed(type="get_progress", agents=["a", "b"], history=1000)
    assert asked == GetProgressMessage(frozenset({"a", "b"}), 1000)


def asking(**keys: object) -> dict[str, object]:
    return {"type": "user_request", "user_input": "x", **keys}


def several(**keys: object) -> dict[str, object]:
    return {"type": "multi_agent_request", "request": {"query": "q", **keys}}


@pytest.mark.parametrize(
    ("keys", "path"),
    [
        ({"type": "user_request"}, "user_input"),
        ({"type": "user_request", "user_input": "  ", "context": {}}, "user_input"),
        ({"type": "user_request", "user_input": 5}, "user_input"),
        ({"type": "user_request", "user_input": "x" * 70_000}, "user_input"),
        ({"type": "user_request", "user_input": "x", "context": []}, "context"),
        ({"type": "user_request", "user_input": "x", "context": "Q1 planning"}, "context"),
        ({"type": "user_request", "user_input": "x", "context": "[1]"}, "context"),
        ({"type": "user_request", "user_input": "x", "context": {"n": 2**53}}, "context.n"),
        ({"type": "user_request", "user_input": "x", "options": "fast"}, "options"),
        ({"type": "user_request", "user_input": "x", "user_id": "u" * 201}, "user_id"),
        ({"type": "attach"}, "run_id"),
        ({"type": "attach", "run_id": "r", "after": -1}, "after"),
        ({"type": "cancel"}, "run_id"),
        (asking(options=[]), "options"),
        (asking(options={"use_hitl": "yes"}), "options.use_hitl"),
        (asking(options={"max_revisions": 21}), "options.max_revisions"),
        (asking(options={"max_revisions": -1}), "options.max_revisions"),
        (asking(options={"max_revisions": True}), "options.max_revisions"),
        (asking(options={"multitask": "queue"}), "options.multitask"),
        (asking(options={"budget": 5}), "options.budget"),
        (asking(options={"budget": {"seconds": 0}}), "options.budget.seconds"),
        (asking(options={"budget": {"seconds": True}}), "options.budget.seconds"),
        (asking(options={"budget": {"seconds": "5"}}), "options.budget.seconds"),
        (asking(options={"budget": {"tokens": 0}}), "options.budget.tokens"),
        (asking(options={"budget": {"tokens": 1.5}}), "options.budget.tokens"),
        (asking(options={"budget": {"cost_usd": -0.1}}), "options.budget.cost_usd"),
        (asking(options={"budget": {"cost_usd": 1e300}}), "options.budget.cost_usd"),
        ({"type": "multi_agent_request"}, "request"),
        ({"type": "multi_agent_request", "request": "q"}, "request"),
        ({"type": "multi_agent_request", "request": {}}, "request.query"),
        (several(query=" "), "request.query"),
        (several(query="x" * 70_000), "request.query"),
        (several(coordination_mode=1), "request.coordination_mode"),
        (several(supporting_agents="research"), "request.supporting_agents"),
        (several(supporting_agents=["a"] * 17), "request.supporting_agents"),
        (several(supporting_agents=["a", ""]), "request.supporting_agents[1]"),
        (several(context="Q1 planning"), "request.context"),
        (several(context={"n": 2**53}), "request.context.n"),
        (several(product_id=5), "request.product_id"),
        (several(options={"budget": {"tokens": 0}}), "request.options.budget.tokens"),
        ({**several(), "user_id": 5}, "user_id"),
        ({"type": "cancel", "run_id": "r", "mode": "later"}, "mode"),
        ({"type": "undo"}, "run_id"),
        ({"type": "undo", "run_id": "r", "seq": 5}, "run_id"),
        ({"type": "undo", "seq": 0}, "seq"),
        ({"type": "undo", "seq": 5, "op_id": ""}, "op_id"),
        ({"type": "get_progress", "history": 1001}, "history"),
        ({"type": "get_progress", "agents": "a"}, "agents"),
    ],
)
def test_a_message_about_runs_that_breaks_a_rule_of_shape_is_refused_by_path(
    keys: dict[str, object], path: str
) -> None:
    assert refused_path(**keys) == path
