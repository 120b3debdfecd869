"""Understands requests: text and context in, tool calls, answers or refusals out."""

from collections.abc import Mapping, Sequence
from typing import Final

import attrs

from streamd.core.item import Item
from streamd.core.item_type import ItemTypes
from streamd.core.tool_calls import Intent, Preference, PrimaryIntent, RequestSetting, Understanding
from streamd.language._agent_phrases import AgentPhrases
from streamd.language._analyses import with_analysis_plan
from streamd.language._analysis_requests import is_order
from streamd.language._answers import help_text
from streamd.language._intents import intent_of
from streamd.language._item_vocabulary import ItemVocabulary
from streamd.language._name_forms import in_number_of_names
from streamd.language._parse_state import ParseState
from streamd.language._question_answer import QuestionAnswer
from streamd.language._request_parser import read
from streamd.language._spelling_correction import corrected, known_words
from streamd.language._strange_words import with_strange_word
from streamd.language._syntax_tree import NotUnderstoodError, UnknownValueError
from streamd.language._token_reader import TokenReader
from streamd.language._tokens import Token, tokenise
from streamd.language._tool_call_builder import ToolCallBuilder
from streamd.language._undo_requests import is_undo
from streamd.language._working_set import WorkingSet
from streamd.language.preference_detection import is_recall, restated, split_preferences
from streamd.language.structured import count_of, structured, types_of
from streamd.ports.language import NO_PHRASES, NO_SETTING

MOST_WORDS: Final = 2_000
MOST_CHARACTERS: Final = 20_000
UNDO: Final = Understanding(
    Intent("inventory_management", 0.95, ("change",)), plan=("inventory_management",), undoes=True
)
NOTHING_TO_FORGET: Final = "Nothing of the kind was noted, so there is nothing to forget."


def understand(
    text: str,
    context: Mapping[str, object],
    items: Sequence[Item] | ItemVocabulary,
    types: ItemTypes,
    phrases: Mapping[PrimaryIntent, Sequence[str]] = NO_PHRASES,
    setting: RequestSetting = NO_SETTING,
) -> Understanding:
    """Understand a request as tool calls and an answer, or as a refusal with its reason. Never raises on any text.

    `context` overrides the text where it names items; its other keys are ignored. `phrases` are those of the agents:
    `streamd.ports.language` says when one of them is meant.
    """
    vocabulary = items if isinstance(items, ItemVocabulary) else ItemVocabulary.of(types, items)
    working = WorkingSet.of(vocabulary, setting)
    builder = ToolCallBuilder(working)
    try:
        problems = structured(context, builder)
    except NotUnderstoodError as error:
        return _refused(text, context, working, error)
    if problems is not None:
        given = types_of(context, working)
        calls = builder.calls()
        intent = intent_of("", working, calls=calls, answers=(), notes=0, given=given)
        return Understanding(
            intent, calls, reply=" ".join(working.notes), problems=problems, plan=(intent.primary_intent,)
        )
    if context.get("count") is not None:
        try:
            builder.count = count_of(context)
        except NotUnderstoodError:
            builder.count = 0
    if len(text) > MOST_CHARACTERS:
        return _too_long(working)
    if is_undo(text):
        return UNDO
    if is_recall(text):
        return Understanding(Intent("general", 0.95, ("recall",)), plan=("general",))
    stated, rest = split_preferences(text, vocabulary.items)
    if stated and not rest:
        return _noted(Understanding(Intent("general", 0.95), plan=("general",)), stated)
    understanding = _from_words(rest, working, builder, AgentPhrases.of(phrases))
    return _noted(understanding, stated) if stated and not understanding.refusal else understanding


def with_nothing_forgotten(understanding: Understanding) -> Understanding:
    """Replace the withdrawal of a preference that is not known by a reply that says so."""
    assert understanding.preference is not None
    more = understanding.reply.removeprefix(_acknowledgement_of(understanding.preference)).strip()
    return attrs.evolve(
        understanding, preference=None, reply=" ".join(filter(None, (NOTHING_TO_FORGET, more)))
    )


def _acknowledgement_of(preference: Preference) -> str:
    """Word that a preference is noted or forgotten."""
    return f"{'Forgotten' if preference.withdrawn else 'Noted'}: {restated(preference)}."


def _noted(understanding: Understanding, stated: Sequence[Preference]) -> Understanding:
    """Add the preference that a request states besides."""
    sentences = [_acknowledgement_of(stated[0])]
    if len(stated) > 1:
        others = "; ".join(restated(one) for one in stated[1:])
        sentences.append(
            f"I note one thing at a time: please say again, each in a message of its own: {others}."
        )
    intent = understanding.intent
    actions = tuple(one for one in intent.actions if one != "none")
    return attrs.evolve(
        understanding,
        intent=attrs.evolve(intent, actions=("remember", *actions)),
        reply=" ".join([*sentences, *([understanding.reply] if understanding.reply else [])]),
        preference=stated[0],
    )


def _too_long(working: WorkingSet) -> Understanding:
    return Understanding(
        intent_of("", working, calls=(), answers=(), notes=0, refused=True),
        refusal=f"A request may have at most {MOST_WORDS:,} words; please say it in parts. Nothing was changed.",
    )


def _refused(
    text: str, context: Mapping[str, object], working: WorkingSet, error: NotUnderstoodError
) -> Understanding:
    """The understanding of a structured request that is refused."""
    given = types_of(context, working)
    intent = intent_of(text, working, calls=(), answers=(), notes=0, refused=True, given=given)
    return Understanding(intent, refusal=error.message, candidates=error.candidates)


def _from_words(
    text: str, working: WorkingSet, builder: ToolCallBuilder, phrases: AgentPhrases
) -> Understanding:
    tokens = tokenise(text)
    if len(tokens) > MOST_WORDS:
        return _too_long(working)
    by_rules = _by_rules(text, tokens, working, builder, phrases)
    if (whole := phrases.whole(tokens)) is not None:
        return _for_agent(by_rules, whole, 0.95)
    if (own := phrases.leading(tokens)) is not None and not _is_item_request(by_rules, tokens, phrases):
        return _for_agent(by_rules, own, 0.8)
    return by_rules


def _is_item_request(understanding: Understanding, tokens: Sequence[Token], phrases: AgentPhrases) -> bool:
    """Whether the rules found an operation on items or a question about them, which no agent's phrase may hide."""
    actions = set(understanding.intent.actions) - {"ask", "help", "none"}
    is_found = bool(understanding.calls or understanding.matched or understanding.candidates)
    is_answered = bool(actions) and not understanding.refusal
    return is_found or is_answered or len(understanding.plan) > 1 or is_order(tokens, phrases)


def _for_agent(understanding: Understanding, intent: PrimaryIntent, confidence: float) -> Understanding:
    """Replace the rules' operations and answers by a plan for an agent."""
    meant = attrs.evolve(understanding.intent, primary_intent=intent, confidence=confidence, actions=())
    return Understanding(meant, matched=understanding.matched, plan=(intent,), focus=understanding.focus)


def _by_rules(
    text: str,
    tokens: Sequence[Token],
    working: WorkingSet,
    builder: ToolCallBuilder,
    phrases: AgentPhrases,
) -> Understanding:
    words = working.lexicon.words
    tokens, mistakes = corrected(in_number_of_names(tokens, working.lexicon), words)
    tokens = in_number_of_names(tokens, working.lexicon) if mistakes else tokens
    reader = TokenReader(
        text, tokens, working.lexicon, known_words=words.with_others(known_words()), today=working.today
    )
    state = ParseState(reader, working, builder)
    try:
        read(state)
        calls = builder.calls()
    except NotUnderstoodError as error:
        intent = intent_of(text, working, calls=(), answers=state.answers, notes=0, refused=True)
        named = with_strange_word(error.message, tokens, working.lexicon)
        refused = Understanding(intent, reply="", refusal=named, candidates=error.candidates)
        if isinstance(error, UnknownValueError):
            return attrs.evolve(refused, plan=(intent.primary_intent,))
        return with_analysis_plan(refused, text, tokens, working, phrases)
    notes = [*dict.fromkeys([*working.notes, *reader.notes])]
    correction_notes = [
        f"I took «{tokens[index].text}» to be «{better}»."
        for index, better in mistakes.items()
        if index not in reader.raw
    ]
    answers = state.answers or ([] if calls else [_silence(state)])
    replies = [*correction_notes, *notes, *(one.reply for one in answers if one.reply)]
    if calls and state.unanswered:
        # An agent that changes items answers no open questions: the reply names those left out.
        left = ", ".join(f"«{one}»" for one in state.unanswered)
        replies.append(f"I left out {left}: please ask that in a message of its own.")
    intent = intent_of(text, working, calls=calls, answers=answers, notes=len(notes) + len(correction_notes))
    understanding = Understanding(
        intent,
        calls,
        reply=" ".join(dict.fromkeys(replies)),
        matched=tuple(
            dict.fromkeys(one for found in answers for one in found.matched if one not in working.fresh)
        ),
    )
    return with_analysis_plan(understanding, text, tokens, working, phrases)


def _silence(state: ParseState) -> QuestionAnswer:
    """The answer to a request without a command or question."""
    if state.clauses and all(one.kind == "keep" for one in state.clauses):
        return QuestionAnswer("Nothing was changed, as you asked.", "none")
    if state.clauses and not state.builder.kept:
        return QuestionAnswer("Taken together that changes nothing.", "none")
    if state.forbade or state.builder.kept:
        return QuestionAnswer("Nothing was changed, as you asked.", "none")
    return QuestionAnswer(help_text(state.working), "help")
