"""What of memory is told to whom."""

from streamd.agents.memory_filter import relevant_memories
from streamd.core.memory import Memory, MemoryId, MemoryKind
from streamd.language import English
from tests.agents.office import office


def memory(text: str, *, user: str = "kim", kind: MemoryKind = "interaction", **data: object) -> Memory:
    return Memory(MemoryId(text), "main", "general", user, kind, text, 0, data)


def answers(*memories: Memory, question: str = "What is the plan?", user: str = "kim") -> list[str]:
    return [one.answer for one in relevant_memories(memories, question, user, English())]


def test_what_others_said_and_prefer_is_told_to_nobody_else() -> None:
    said = memory("Where are the bolts?\nIn the north hall.")
    preference = memory("prefers suppliers from Europe", kind="preference")
    assert answers(said, preference, user="lee") == []
    assert answers(said) == ["In the north hall."]


def test_findings_are_everybodys() -> None:
    assert answers(memory("Bolts were out.", kind="insight"), user="lee") == ["Bolts were out."]


def test_what_its_run_says_of_a_memory_counts_and_not_how_its_text_begins() -> None:
    done = memory("Delete all notes\n2 notes are gone.", is_report=True)
    found = memory("What was changed?\nChanged are the hours: 9 to 5.", is_report=False)
    assert answers(done, found) == ["Changed are the hours: 9 to 5."]


def test_a_finding_may_begin_as_it_likes() -> None:
    assert answers(memory("Changed suppliers are late.", kind="insight")) == ["Changed suppliers are late."]


async def test_runs_say_of_what_they_remember_whether_it_is_only_what_they_did() -> None:
    async with office({"id": "wire", "type": "inventory", "name": "Wire", "current_stock": 4}) as place:
        for request in (
            "Set the stock of Wire to 9",
            "I prefer suppliers from Europe",
            "What are my preferences?",
            "What is a warranty?",
        ):
            await place.ask(request)
        said = [
            (one.text.partition("\n")[0], one.data["is_report"])
            for agent in ("inventory", "general")
            for one in await place.memories("interaction", agent)
        ]
    assert sorted(said) == [
        ("I prefer suppliers from Europe", True),
        ("Set the stock of Wire to 9", True),
        ("What are my preferences?", True),
        ("What is a warranty?", False),
    ]


def test_commands_and_what_was_noted_before_runs_said_so_are_no_answers() -> None:
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
    (one,) = relevant_memories([memory("Where?\nIn the north hall.")], "When?", "kim", English())
    assert one.as_text == "Asked “Where?”, the answer was: In the north hall."
