"""Parses a request clause by clause: commands, prohibitions, statements of desire and questions."""

from typing import Final

from streamd.language._additions import addition
from streamd.language._commands import PreviousCommand, order
from streamd.language._declaratives import rewritten_statement
from streamd.language._imperatives import CHANGING, PARTICIPLES, VerbKind
from streamd.language._lexicon import longest
from streamd.language._parse_state import ParseState
from streamd.language._politeness import DESIRE_PREFIXES, FILLERS, POLITE_PREFIXES
from streamd.language._prohibitions import PROHIBITIONS, prohibition
from streamd.language._question_clauses import answer_noun_phrase, ask, is_question
from streamd.language._reason_clauses import reason, skip_premise
from streamd.language._rewriting import gerund, particles_joined, rewritten, sentence_end
from streamd.language._syntax_tree import Clause, NotUnderstoodError
from streamd.language._token_reader import TokenReader
from streamd.language._vocabulary import STOPS

_CONNECTORS: Final = frozenset(
    {",", "and", "then", "but", "plus", "also", ":", "-", "\u2013", "—", "&", "so", *STOPS, ")", "(", "…"}
)
_JOINING: Final = frozenset({"also", "and", "plus", "&"})
_POLITE: Final = frozenset({"could", "can", "would", "will", "mind", "possible", "wondering", "think"})


def read(state: ParseState) -> None:
    """Parse the whole request, or raise at the first clause that is not understood."""
    state.reader.tokens = particles_joined(state.reader.tokens, state.reader.lexicon.names)
    while _next(state):
        pass
    if state.unclear and state.builder.steps:
        raise NotUnderstoodError(f"I did not understand «{state.unclear}», so nothing was changed.")
    declined = next((one for one in state.answers if one.is_declined), None)
    if declined is not None and state.builder.steps:
        raise NotUnderstoodError(f"{declined.reply} Nothing was changed.")
    done = {clause.kind for clause in state.clauses} & state.forbidden
    if done:
        raise NotUnderstoodError(
            f"You said to {min(done)} something and to {min(done)} nothing, so nothing was changed."
        )


def _next(state: ParseState) -> bool:
    reader = state.reader
    state.clause_start = reader.at
    new_sentence = reader.at == 0
    joined = False
    while not reader.ended and (reader.word() in _CONNECTORS or reader.word() in FILLERS):
        new_sentence = new_sentence or reader.word() in STOPS
        joined = joined or reader.word() in _JOINING
        reader.at += 1
    if reader.ended:
        if state.clauses and reader.word(-1) in ("and", "but", "plus", "&"):
            reader.at -= 1
            raise reader.refuse()  # what it joins is missing
        return False
    if new_sentence and not joined:
        state.previous = None
    if (named := skip_premise(reader)) is not None:
        state.working.last = tuple(one for one in named if one in state.working.fields)
        return True
    if state.clauses and reason(reader):
        return True
    is_desire, polite = _skip_politeness(state)
    if state.reader.sentence_ended or reader.word() in _CONNECTORS:
        return True
    if reader.accept(*PROHIBITIONS) and not is_desire:
        prohibition(state)
    elif rewritten_statement(reader, state.set_field):
        _check_certain(state)
        _order(state, is_desire=False)
    elif _polite_order(reader):
        _order(state, is_desire=False)
    elif is_question(state, polite=polite):
        ask(state, sentence_end(reader))
    else:
        _order(state, is_desire=is_desire)
    state.working.forget_earlier()
    return True


def _skip_politeness(state: ParseState) -> tuple[bool, bool]:
    """Skip polite beginnings; returns whether they express a desire for something, and whether they are a polite question."""
    reader = state.reader
    is_desire = polite = False
    while not reader.ended:
        if longest(reader.lexicon.names, reader.tokens, reader.at) and reader.word() not in FILLERS:
            break
        if reader.word() in (",", "!") and (state.polite_prefixes or polite):
            reader.at += 1
            continue
        for phrase in POLITE_PREFIXES:
            if all(reader.word(n) == part for n, part in enumerate(phrase)):
                following = (
                    reader.tokens[reader.at + len(phrase)].norm
                    if reader.at + len(phrase) < len(reader.tokens)
                    else ""
                )
                if phrase == ("new",) and reader.at > 0 and not is_desire:
                    continue
                reader.at += len(phrase)
                is_desire = is_desire or phrase in DESIRE_PREFIXES
                polite = polite or bool(_POLITE & set(phrase)) or following == "please"
                state.polite_prefixes += 1
                break
        else:
            break
    return is_desire, polite


def _order(state: ParseState, *, is_desire: bool) -> None:
    reader = state.reader
    start = reader.at
    if longest(reader.lexicon.names, reader.tokens, reader.at) is None or reader.verb():
        gerund(reader)
    verb = reader.verb()
    if verb is None and not is_desire:
        if rewritten(reader):
            verb = reader.verb()
        elif state.previous is None:
            if state.clauses and not reader.here("thanks", "thank you"):
                raise reader.refuse()
            answer_noun_phrase(state)
            return
    if is_desire and (verb is None or not _verb_makes_sense(verb)):
        if _wanted_things(state, start):
            return
        if rewritten(reader):
            verb = reader.verb()
    clause = order(reader, None if verb else state.previous)
    if clause is None:
        raise reader.refuse()
    _carry_out(state, clause, start)
    assignment = clause.assignments[-1] if clause.assignments else None
    if verb:
        state.previous = PreviousCommand(verb[0], verb[1], assignment)


def _polite_order(reader: TokenReader) -> bool:
    """Skip the `can we` of a complete change such as `can we bump Product B up to 90`, which is no question."""
    start, notes = reader.at, len(reader.notes)
    if not reader.accept("can we", "could we", "can i", "could i", "may i", "might we"):
        return False
    please = "please" in {token.norm for token in reader.tokens[reader.at : sentence_end(reader)]}
    reader.skip()
    at, verb = reader.at, reader.verb()
    clause = None
    if verb and verb[1] & CHANGING:
        try:
            clause = order(reader)
        except NotUnderstoodError:
            clause = None
    done = clause is not None and (reader.sentence_ended or reader.word() in _CONNECTORS)
    if clause is not None and not please:
        done = (
            done
            and clause.kind in ("set", "rename", "swap")
            and all(one.names or one.pronoun or one.condition for one in clause.targets)
        )
    del reader.notes[notes:]
    reader.at = at if done else start
    return done


def _verb_makes_sense(verb: tuple[str, frozenset[VerbKind], int]) -> bool:
    return verb[0] not in ("order", "record", "log", "file", "stock up", "set")


_UNCERTAIN: Final = frozenset({"maybe", "perhaps"})


def _check_certain(state: ParseState) -> None:
    """Refuse to act on what may not be so: `maybe we sold 4 Pallet Jacks`."""
    said = [
        state.reader.tokens[at]
        for at in range(state.clause_start, state.reader.at)
        if state.reader.tokens[at].norm in _UNCERTAIN and at not in state.reader.raw
    ]
    if said:
        raise NotUnderstoodError(
            f"«{said[0].text}» does not say that it is so: say it when it is. Nothing was changed."
        )


_CORRECTING: Final = frozenset({"actually", "instead", "rather", "no", "wait", "sorry", "oops", "correction"})


def _check_correction(state: ParseState, start: int) -> None:
    """Refuse a command that takes back a part of it, or one before it: both would be carried out."""
    tokens = state.reader.tokens
    for at in range(state.clause_start, state.reader.at):
        said = tokens[at]
        if said.kind != "word" or said.norm not in _CORRECTING or at in state.reader.raw:
            continue
        if state.builder.steps or (at > start and tokens[at - 1].norm == ","):
            raise NotUnderstoodError(
                f"I do not know what «{said.text}» takes back of what you said before: say only what is to be done. "
                "Nothing was changed."
            )


def _carry_out(state: ParseState, clause: Clause, start: int) -> None:
    _check_correction(state, start)
    _check_certain(state)
    state.working.notes += state.reader.notes
    state.reader.notes.clear()
    state.builder.carry_out(clause)
    only = clause.assignments[0] if clause.kind == "set" and len(clause.assignments) == 1 else None
    state.set_field = only.field_surface if only and only.number and not only.delta else ""
    state.clauses.append(clause)


def _wanted_things(state: ParseState, start: int) -> bool:
    """Parse a desire for something: `I want 3 more suppliers` adds, `I need the list of suppliers` shows."""
    reader = state.reader
    ahead = [token.norm for token in reader.tokens[start : start + 4]]
    newly = bool({"more", "new", "another", "additional", "extra", "further"} & set(ahead)) or (
        start > 0 and reader.tokens[start - 1].norm == "new"
    )
    if newly:
        new = addition(reader)
        reader.skip()
        if new and (reader.sentence_ended or reader.word() in (",", "and", "then")):
            _carry_out(state, Clause("add", "add", new=new), start)
            state.previous = PreviousCommand("add", frozenset({"add"}))
            return True
        reader.at = start
        raise reader.refuse()
    at = sentence_end(reader)
    words = [token.norm for token in reader.tokens[start:at]]
    if any(word in PARTICIPLES or word == "be" for word in words) and not {"list", "overview"} & set(words):
        return False
    ask(state, at)
    return True
