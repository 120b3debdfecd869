"""What of memory is told to whom."""

from streamd.agents.memory_filter import relevant_memories
from streamd.core.memory import Memory, MemoryId, MemoryKind


def memory(text: str, *, user: str = "kim", kind: MemoryKind = "interaction") -> Memory:
    return Memory(MemoryId(text), "main", "general", user, kind, text, 0)


def answers(*memories: Memory, question: str = "What is the plan?", user: str = "kim") -> list[str]:
    return [one.answer for one in relevant_memories(memories, question, user)]


def test_what_others_said_and_prefer_is_told_to_nobody_else() -> None:
    said = memory("Where are the bolts?\nIn the north hall.")
    preference = memory("prefers suppliers from Europe", kind="preference")
    assert answers(said, preference, user="lee") == []
    assert answers(said) == ["In the north hall."]


def test_findings_are_everybodys() -> None:
    assert answers(memory("Bolts were out.", kind="insight"), user="lee") == ["Bolts were out."]


def test_commands_and_what_was_noted_are_no_answers() -> None:
    assert (
        answers(
            memory("Delete all notes\nRemoved 2 items: A and B."),
            memory("I prefer Acme\nNoted: you prefer Acme."),
        )
        == []
    )


def test_what_came_from_memory_is_not_remembered_again() -> None:
    told = memory("And?\nThe hall is closed.\nFrom an earlier conversation: It was open.\nSources: [1] a.md")
    only = memory(
        "Who?\nThe knowledge base and the items say nothing about this.\n\nFrom an earlier conversation: Jo."
    )
    assert answers(told, only) == ["The hall is closed."]


def test_question_and_answer_are_set_apart_for_a_language_model() -> None:
    (one,) = relevant_memories([memory("Where?\nIn the north hall.")], "When?", "kim")
    assert one.told == "Asked “Where?”, the answer was: In the north hall."
