"""No room but those of the language reads its words or writes its sentences: the others are handed it by `ports/language.py`."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

PACKAGE: Final = Path(__file__).parent.parent / "streamd"
ROOMS: Final = ["agents", "edge", "engine", "models", "service"]
FINDING: Final = ["analysis", "forecasting"]
"""The rooms that find out what the catalogue words."""
OF_NO_LANGUAGE: Final = {
    ("streamd.text.chunks", "chunks_of"),
    ("streamd.text.chunks", "unstreamed_rest"),
    ("streamd.text.figures", "plain"),
    ("streamd.text.full_stops", "with_full_stop"),
    ("streamd.text.json_text", "JsonFault"),
    ("streamd.text.json_text", "decode_json"),
    ("streamd.text.json_text", "object_in"),
    ("streamd.text.text_quality", "Quality"),
    ("streamd.text.time_words", "DAYS_PER_ACCOUNTING_YEAR"),
    ("streamd.text.time_words", "DAYS_PER_MONTH"),
}
"""What these rooms may use of the shared text helpers; the others know English: its numbers, plurals, lists and stems."""
PROMPTS: Final = {
    "agents/content.py": {"_WANTED", "_prompt", "_write"},
    "agents/general.py": {"_with"},
    "agents/memory_filter.py": {"as_text"},
    "agents/prompt_context.py": {"written"},
    "agents/quoted_data.py": {"NOTE"},
    "agents/teamwork/background.py": {"prompt"},
    "agents/teamwork/coordinator.py": {"_question_for"},
    "agents/teamwork/primary_answer.py": {"_generation"},
    "agents/teamwork/roles.py": {"_GROUND"},
    "agents/trip_planner.py": {"_planner", "_sections"},
    "agents/trip_state.py": {"PROMPTS"},
    "engine/lifecycle/_summary.py": {"_bought"},
    "engine/live/intent_routes.py": {"_OPENING", "_STEPS", "_described"},
    "engine/steps/_model_tools.py": {"UNDOING"},
    "engine/steps/_next_prompt.py": {"CLOSE", "SAY", "_CUT"},
    "engine/steps/_node_model.py": {"act", "today_in_words"},
    "engine/steps/_prompt_window.py": {"_GONE"},
    "engine/steps/_reading_tools.py": {"READING_TOOLS", "_FIELDS", "_hint", "_part"},
    "engine/tools/_approvals.py": {"approval"},
    "engine/tools/_pending_calls.py": {"_result"},
    "engine/tools/own_calls.py": {"_done", "_failed"},
}
"""Where texts for language models stand."""
OF_ITEMS: Final = {("analysis/_capability.py", "singular_of")}
"""What compares names in items with each other, in the language of whoever named them."""
OTHERS: Final = {
    "agents/installation.py": {"_shared_ids", "_way_out", "_without_conflicts", "merged_agents"},
    "agents/left_out_periods.py": {"_SHAPE"},
    "agents/request_data.py": {"_HISTORY_SHAPE"},
    "agents/trip_state.py": {"_NOTES"},
    "analysis/supplier_risks.py": {"_ADVANCE"},
    "engine/journal/undo_writes.py": {"_explained", "revert_change", "revert_request", "revert_run"},
    "engine/lifecycle/_answer_checks.py": {"check_answer"},
    "engine/lifecycle/_state_values.py": {"_validator_of"},
    "engine/lifecycle/recovery.py": {"_why_not_resumed"},
    "engine/steps/_model_tools.py": {"_undo_last"},
    "engine/graph/graph_walk.py": {"walk"},
    "engine/_dependencies.py": {"_failure"},
}
"""Where other texts stand: mistakes of operators, errors that belong to a code, names of operations, a source in a state, values
of items."""
OF_SERVERS: Final = "models/openai/"
"""Where errors of servers are read, which tell in words what others tell by a code."""
_SENTENCE: Final = re.compile(r"[A-Za-z]{2,},? [A-Za-z]{2,}")
_WORD: Final = re.compile(r"(?<![\\\w\[])[A-Za-z]{3,}")


def modules(room: str) -> Iterator[tuple[str, ast.Module]]:
    for path in sorted((PACKAGE / room).rglob("*.py")):
        yield str(path.relative_to(PACKAGE)), ast.parse(path.read_text())


def sentences(node: ast.AST, place: str = "") -> Iterator[tuple[str, str]]:
    """(function or constant, text) of all texts of two words and more, but those of errors, logs, types and task names."""
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            place = name
        case ast.AnnAssign(target=ast.Name(id=name)) | ast.Assign(targets=[ast.Name(id=name)]) if (
            name.isupper()
        ):
            place = name
        case ast.Call():
            called = ast.unparse(node.func)
            if (
                called == "cast"
                or called.startswith("log.")
                or called.endswith(("Error", "Mistake", "Agent", "_role"))
            ):
                return
        case ast.Raise() | ast.Expr(value=ast.Constant()) | ast.keyword(arg="name"):
            return
        case ast.Constant(value=str(text)) if _SENTENCE.search(text):
            yield place, text
    for field, child in ast.iter_fields(node):
        for one in child if isinstance(child, list) else [child]:
            if isinstance(one, ast.AST) and field not in ("annotation", "returns"):
                yield from sentences(one, place)


@pytest.mark.parametrize("room", ["agents", "engine", *FINDING])
def test_no_sentence_for_people_is_written_outside_the_catalogue(room: str) -> None:
    written = {(name, *found) for name, tree in modules(room) for found in sentences(tree)}
    elsewhere = {
        (name, place, text)
        for name, place, text in written
        if place != "_SYSTEM" and place not in {*PROMPTS.get(name, ()), *OTHERS.get(name, ())}
    }

    assert elsewhere == set()


def test_the_places_of_other_texts_are_listed_only_where_there_are_any() -> None:
    listed = {
        (name, place) for table in (PROMPTS, OTHERS) for name, places in table.items() for place in places
    }
    found = {
        (name, place)
        for room in ("agents", "engine", *FINDING)
        for name, tree in modules(room)
        for place, _ in sentences(tree)
    }

    assert listed - found == set()


@pytest.mark.parametrize("room", [*ROOMS, *FINDING])
def test_no_room_but_those_of_the_language_knows_its_forms(room: str) -> None:
    used = {
        (name, node.module, alias.name)
        for name, tree in modules(room)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("streamd.text")
        for alias in node.names
        if (node.module, alias.name) not in OF_NO_LANGUAGE and (name, alias.name) not in OF_ITEMS
    }

    assert used == set()


@pytest.mark.parametrize("room", ROOMS)
def test_no_room_but_those_of_the_language_looks_for_words_in_a_text(room: str) -> None:
    """Neither by a pattern with words in it, nor by a part of a sentence that a text would begin, end or go on with."""
    sought = []
    for name, tree in modules(room):
        for node in ast.walk(tree):
            called = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
            if isinstance(node, ast.Call) and re.fullmatch(
                r"re\.(?:compile|search|match|fullmatch|sub|split|findall)", called
            ):
                pattern, wanted = node.args[0], _WORD
            elif isinstance(node, ast.Call) and called.endswith(
                (".startswith", ".endswith", ".find", ".index", ".count")
            ):
                pattern, wanted = node.args[0], _SENTENCE
            elif isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.In | ast.NotIn | ast.Eq):
                pattern, wanted = node.left, _SENTENCE
            else:
                continue
            sought += [
                f"{name}:{part.lineno} {part.value}"
                for part in ast.walk(pattern)
                if isinstance(part, ast.Constant)
                and isinstance(part.value, str)
                and wanted.search(part.value)
                and not name.startswith(OF_SERVERS)
            ]

    assert sought == []
