import pytest

from streamd.core.memory import MEMORY_KINDS
from streamd.core.thread import CheckpointId, InterruptAnswer, InterruptId
from streamd.wire.messages.memory_messages import MemoryMessage
from streamd.wire.messages.thread_messages import ListInterruptsMessage, RespondMessage, ThreadMessage
from tests.support.parsing import parsed, refused_path


def answer(**keys: object) -> InterruptAnswer:
    message = parsed(type="respond", interrupt_id="i", **keys)
    assert isinstance(message, RespondMessage)
    return message.answer


def test_an_answer_names_its_question_and_who_gives_it() -> None:
    message = parsed(type="respond", interrupt_id="i", decision="approve", user_id="u", request_id=1)
    assert message == RespondMessage(InterruptId("i"), InterruptAnswer("approve"), "u", request_id=1)


def test_an_answer_approves_rejects_or_edits() -> None:
    assert answer(decision="reject") == InterruptAnswer("reject")
    assert answer(decision="edit", value={"item_ids": []}) == InterruptAnswer("edit", {"item_ids": []})
    assert answer(decision="approve", value="Lisbon") == InterruptAnswer("approve", "Lisbon")


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({"approved": True}, InterruptAnswer("approve")),
        ({"approved": False}, InterruptAnswer("reject")),
        ({"approved": True, "modified_args": {"a": 1}}, InterruptAnswer("edit", {"a": 1})),
        ({"approved": True, "modified_args": {}}, InterruptAnswer("approve")),
        ({"approved": True, "modified_args": None}, InterruptAnswer("approve")),
        ({"approved": False, "modified_args": {"a": 1}}, InterruptAnswer("reject")),
        ({"decision": "edit", "modified_args": {"a": 1}}, InterruptAnswer("edit", {"a": 1})),
        ({"decision": "approve", "approved": True}, InterruptAnswer("approve")),
    ],
)
@pytest.mark.requirement("B5")
def test_older_clients_answer_with_approved_and_modified_args(
    keys: dict[str, object], expected: InterruptAnswer
) -> None:
    assert answer(**keys) == expected


def test_what_waits_is_asked_for_everywhere_or_in_one_thread() -> None:
    assert parsed(type="list_interrupts") == ListInterruptsMessage()
    assert parsed(type="list_interrupts", thread_id="t") == ListInterruptsMessage("t")


def test_a_thread_is_shown_unless_something_else_is_asked() -> None:
    assert parsed(type="thread", thread_id="t") == ThreadMessage("t", "state", limit=20)


@pytest.mark.requirement("B6")
def test_a_thread_is_looked_back_at_and_changed() -> None:
    at = CheckpointId("c")
    assert parsed(type="thread", thread_id="t", action="history", limit=1000, before="c") == ThreadMessage(
        "t", "history", limit=1000, before=at
    )
    assert parsed(
        type="thread", thread_id="t", action="update", values={"a": None}, as_node="n"
    ) == ThreadMessage("t", "update", {"a": None}, "n")
    assert parsed(type="thread", thread_id="t", action="rewind", checkpoint_id="c") == ThreadMessage(
        "t", "rewind", checkpoint_id=at
    )
    assert parsed(
        type="thread", thread_id="t", action="fork", checkpoint_id="c", to_thread_id="u"
    ) == ThreadMessage("t", "fork", checkpoint_id=at, to_thread_id="u")
    assert parsed(type="thread", thread_id="t", action="fork") == ThreadMessage("t", "fork")


def test_values_count_only_where_a_state_is_updated() -> None:
    assert parsed(type="thread", thread_id="t", values={"a": 1}) == ThreadMessage("t")


def test_memories_are_searched_unless_something_else_is_asked() -> None:
    assert parsed(type="memory", query="wire") == MemoryMessage("search", query="wire", limit=20)
    message = parsed(
        type="memory", action="list", agent="a", kinds=list(MEMORY_KINDS), limit=1000, user_id="u"
    )
    assert message == MemoryMessage("list", "a", kinds=frozenset(MEMORY_KINDS), limit=1000, user_id="u")


@pytest.mark.parametrize("value", ["metric", 0, False, {"unit": ["kg"]}, "x" * 65_534])
def test_a_preference_is_any_json(value: object) -> None:
    message = parsed(type="memory", action="set_preference", key="units", value=value)
    assert message == MemoryMessage("set_preference", key="units", value=value)


@pytest.mark.parametrize("keys", [{"value": None}, {}])
def test_a_preference_without_a_value_is_to_be_removed(keys: dict[str, object]) -> None:
    message = parsed(type="memory", action="set_preference", key="units", **keys)
    assert message == MemoryMessage("set_preference", key="units", value=None)


def responding(**keys: object) -> dict[str, object]:
    return {"type": "respond", "interrupt_id": "i", **keys}


def thread(**keys: object) -> dict[str, object]:
    return {"type": "thread", "thread_id": "t", **keys}


def memory(**keys: object) -> dict[str, object]:
    return {"type": "memory", **keys}


LARGE = {str(index): "x" * 60_000 for index in range(17)}


@pytest.mark.parametrize(
    ("keys", "path"),
    [
        ({"type": "respond", "decision": "approve"}, "interrupt_id"),
        (responding(), "decision"),
        (responding(value=1), "decision"),
        (responding(modified_args={"a": 1}), "decision"),
        (responding(decision="maybe"), "decision"),
        (responding(approved="yes"), "approved"),
        (responding(decision="reject", approved=True), "decision"),
        (responding(decision="edit", approved=False), "decision"),
        (responding(decision="edit"), "value"),
        (responding(decision="edit", modified_args={}), "value"),
        (responding(decision="edit", value={"n": 2**53}), "value.n"),
        (responding(decision="edit", value=LARGE), "value"),
        (responding(approved=True, modified_args=LARGE), "modified_args"),
        ({"type": "list_interrupts", "thread_id": 5}, "thread_id"),
        ({"type": "thread"}, "thread_id"),
        (thread(action="drop"), "action"),
        (thread(action="update"), "values"),
        (thread(action="update", values=[]), "values"),
        (thread(action="update", values={"n": 2**53}), "values.n"),
        (thread(action="update", values=LARGE), "values"),
        (thread(action="update", values={}, as_node=1), "as_node"),
        (thread(action="rewind"), "checkpoint_id"),
        (thread(action="fork", to_thread_id="t" * 201), "to_thread_id"),
        (thread(action="history", limit=0), "limit"),
        (thread(action="history", limit=1001), "limit"),
        (thread(action="history", before=1), "before"),
        (memory(), "query"),
        (memory(query=" "), "query"),
        (memory(query="x" * 2001), "query"),
        (memory(action="forget"), "action"),
        (memory(action="list", kinds=["dream"]), "kinds"),
        (memory(action="list", kinds="insight"), "kinds"),
        (memory(action="list", limit=1001), "limit"),
        (memory(action="set_preference", value=1), "key"),
        (memory(action="set_preference", key="k", value="x" * 65_535), "value"),
        (memory(action="set_preference", key="k", value=["x" * 40_000] * 2), "value"),
    ],
)
def test_a_message_about_threads_or_memory_that_breaks_a_rule_of_shape_is_refused_by_path(
    keys: dict[str, object], path: str
) -> None:
    assert refused_path(**keys) == path
