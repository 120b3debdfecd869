"""The entrance: a request in, an Understanding out."""

from collections.abc import Mapping, Sequence
from typing import Final

import attrs

from streamd.core.item import Item
from streamd.core.item_type import ItemTypes
from streamd.core.tool_calls import Intent, Preference, PrimaryIntent, Understanding
from streamd.language.agent_phrases import AgentPhrases
from streamd.language.analyses import looked_at_closely
from streamd.language.analysis_requests import is_order
from streamd.language.answers import help_text
from streamd.language.course import Course
from streamd.language.execution import Execution
from streamd.language.figures import Answer
from streamd.language.intents import intent_of
from streamd.language.lexicon import lexicon_of
from streamd.language.phrases import NotUnderstoodError
from streamd.language.preferences import is_recall, parted, said_back
from streamd.language.reader import Reader
from streamd.language.sentences import read
from streamd.language.spelling import known_words, mended
from streamd.language.structured import count_of, structured, types_of
from streamd.language.tokens import Token, tokenise
from streamd.language.workspace import Workspace
from streamd.ports.language import NO_PHRASES

MOST_WORDS: Final = 2_000
MOST_CHARACTERS: Final = 20_000
NOTHING_TO_FORGET: Final = "Nothing of the kind was noted, so there is nothing to forget."


def understand(
    text: str,
    context: Mapping[str, object],
    items: Sequence[Item],
    types: ItemTypes,
    phrases: Mapping[PrimaryIntent, Sequence[str]] = NO_PHRASES,
) -> Understanding:
    """What a request asks for: tool calls and an answer, or why nothing is done. Never raises on any text.

    `context` wins over the text where it says something about items; what it holds besides is not looked at. `phrases` are
    those of agents: see `streamd.ports.language` for when one is meant.
    """
    lexicon = lexicon_of(types, items)
    space = Workspace.of(items, types, lexicon)
    execution = Execution(space)
    try:
        told = structured(context, execution)
    except NotUnderstoodError as error:
        return _refused(text, context, space, error)
    if told is not None:
        given = types_of(context, space)
        calls = execution.calls()
        intent = intent_of("", space, calls=calls, answers=(), notes=0, items=items, given=given)
        return Understanding(
            intent, calls, reply=" ".join(space.notes), problems=told, plan=(intent.primary_intent,)
        )
    if context.get("count") is not None:
        try:
            execution.count = count_of(context)
        except NotUnderstoodError:
            execution.count = 0
    if len(text) > MOST_CHARACTERS:
        return _too_long(space)
    if is_recall(text):
        return Understanding(Intent("general", 0.95, ("recall",)), plan=("general",))
    stated, rest = parted(text, items)
    if stated and not rest:
        return _noted(Understanding(Intent("general", 0.95), plan=("general",)), stated)
    understanding = _from_words(rest, space, execution, items, AgentPhrases.of(phrases))
    return _noted(understanding, stated) if stated and not understanding.refusal else understanding


def with_nothing_forgotten(understanding: Understanding) -> Understanding:
    """The understanding of a withdrawn preference when nothing of the kind was known: nothing is withdrawn, and it says so."""
    assert understanding.preference is not None
    more = understanding.reply.removeprefix(_told_of(understanding.preference)).strip()
    return attrs.evolve(
        understanding, preference=None, reply=" ".join(filter(None, (NOTHING_TO_FORGET, more)))
    )


def _told_of(preference: Preference) -> str:
    """The sentence that says that a preference was taken note of."""
    return f"{'Forgotten' if preference.withdrawn else 'Noted'}: {said_back(preference)}."


def _noted(understanding: Understanding, stated: Sequence[Preference]) -> Understanding:
    """The same with the preference that was stated besides."""
    told = [_told_of(stated[0])]
    if len(stated) > 1:
        others = "; ".join(said_back(one) for one in stated[1:])
        told.append(f"I note one thing at a time: please say again, each in a message of its own: {others}.")
    intent = understanding.intent
    actions = tuple(one for one in intent.actions if one != "none")
    return attrs.evolve(
        understanding,
        intent=attrs.evolve(intent, actions=("remember", *actions)),
        reply=" ".join([*told, *([understanding.reply] if understanding.reply else [])]),
        preference=stated[0],
    )


def _too_long(space: Workspace) -> Understanding:
    return Understanding(
        intent_of("", space, calls=(), answers=(), notes=0, refused=True),
        refusal=f"A request may have at most {MOST_WORDS:,} words; please say it in parts. Nothing was changed.",
    )


def _refused(
    text: str, context: Mapping[str, object], space: Workspace, error: NotUnderstoodError
) -> Understanding:
    """A structured request that is not carried out."""
    given = types_of(context, space)
    intent = intent_of(text, space, calls=(), answers=(), notes=0, refused=True, given=given)
    return Understanding(intent, refusal=error.message, candidates=error.candidates)


def _from_words(
    text: str, space: Workspace, execution: Execution, items: Sequence[Item], phrases: AgentPhrases
) -> Understanding:
    tokens = tokenise(text)
    if len(tokens) > MOST_WORDS:
        return _too_long(space)
    by_rules = _by_rules(text, tokens, space, execution, items, phrases)
    if (whole := phrases.whole(tokens)) is not None:
        return _for_agent(by_rules, whole, 0.95)
    if (own := phrases.leading(tokens)) is not None and not _says(by_rules, tokens, phrases):
        return _for_agent(by_rules, own, 0.8)
    return by_rules


def _says(understanding: Understanding, tokens: Sequence[Token], phrases: AgentPhrases) -> bool:
    """Whether the rules found something to do to items, or to answer from them: then no phrase may swallow it."""
    actions = set(understanding.intent.actions) - {"ask", "help", "none"}
    is_found = bool(understanding.calls or understanding.matched or understanding.candidates)
    is_answered = bool(actions) and not understanding.refusal
    return is_found or is_answered or len(understanding.plan) > 1 or is_order(tokens, phrases)


def _for_agent(understanding: Understanding, intent: PrimaryIntent, confidence: float) -> Understanding:
    """The understanding of a request that is meant for an agent: what the rules would do or say is not what it means."""
    meant = attrs.evolve(understanding.intent, primary_intent=intent, confidence=confidence, actions=())
    return Understanding(meant, matched=understanding.matched, plan=(intent,), focus=understanding.focus)


def _by_rules(
    text: str,
    tokens: Sequence[Token],
    space: Workspace,
    execution: Execution,
    items: Sequence[Item],
    phrases: AgentPhrases,
) -> Understanding:
    words = space.lexicon.words()
    tokens, mistakes = mended(tokens, words)
    reader = Reader(text, tokens, space.lexicon, known_words=known_words() | words)
    course = Course(reader, space, execution)
    try:
        read(course)
        calls = execution.calls()
    except NotUnderstoodError as error:
        intent = intent_of(text, space, calls=(), answers=course.answers, notes=0, refused=True, items=items)
        refused = Understanding(intent, reply="", refusal=error.message, candidates=error.candidates)
        return looked_at_closely(refused, text, tokens, space, phrases)
    notes = [*dict.fromkeys([*space.notes, *reader.notes])]
    mended_notes = [
        f"I took «{tokens[index].text}» to be «{better}»."
        for index, better in mistakes.items()
        if index not in reader.raw
    ]
    answers = course.answers or ([] if calls else [_silence(course)])
    replies = [*mended_notes, *notes, *(one.reply for one in answers if one.reply)]
    if calls and course.unanswered:
        # An agent that changes items analyses nothing: what is not done is said.
        left = ", ".join(f"«{one}»" for one in course.unanswered)
        replies.append(f"I left out {left}: please ask that in a message of its own.")
    intent = intent_of(
        text, space, calls=calls, answers=answers, notes=len(notes) + len(mended_notes), items=items
    )
    understanding = Understanding(
        intent,
        calls,
        reply=" ".join(dict.fromkeys(replies)),
        matched=tuple(
            dict.fromkeys(one for found in answers for one in found.matched if one not in space.fresh)
        ),
    )
    return looked_at_closely(understanding, text, tokens, space, phrases)


def _silence(course: Course) -> Answer:
    """What to say when there was neither an order nor a question."""
    if course.clauses and all(one.kind == "keep" for one in course.clauses):
        return Answer("Nothing was changed, as you asked.", "none")
    if course.clauses and not course.execution.kept:
        return Answer("Taken together that changes nothing.", "none")
    if course.forbade or course.execution.kept:
        return Answer("Nothing was changed, as you asked.", "none")
    return Answer(help_text(course.space), "help")
