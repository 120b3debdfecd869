"""A request clause by clause: orders, prohibitions, wishes and questions, each seen in the light of those before."""

from typing import Final

from streamd.language._additions import addition
from streamd.language._commands import Before, order
from streamd.language._declaratives import rewritten_statement
from streamd.language._imperatives import CHANGING, PARTICIPLES, VerbKind
from streamd.language._lexicon import longest
from streamd.language._parse_state import Course
from streamd.language._politeness import COURTESIES, FILLERS, WISHES
from streamd.language._prohibitions import PROHIBITIONS, prohibition
from streamd.language._question_clauses import ask, is_question, noun_only
from streamd.language._reason_clauses import circumstance, reason
from streamd.language._rewriting import gerund, particles_joined, rewritten, sentence_end
from streamd.language._syntax_tree import Clause, NotUnderstoodError
from streamd.language._token_reader import Reader
from streamd.language._vocabulary import STOPS

_CONNECTORS: Final = frozenset(
    {",", "and", "then", "but", "plus", "also", ":", "-", "\u2013", "—", "&", "so", *STOPS, ")", "(", "…"}
)
_JOINING: Final = frozenset({"also", "and", "plus", "&"})
_POLITE: Final = frozenset({"could", "can", "would", "will", "mind", "possible", "wondering", "think"})


def read(course: Course) -> None:
    """Everything, or raise at the first thing that is not clear."""
    course.reader.tokens = particles_joined(course.reader.tokens, course.reader.lexicon.names)
    while _next(course):
        pass
    if course.unclear and course.execution.steps:
        raise NotUnderstoodError(f"I did not understand «{course.unclear}», so nothing was changed.")
    done = {clause.kind for clause in course.clauses} & course.forbidden
    if done:
        raise NotUnderstoodError(
            f"You said to {min(done)} something and to {min(done)} nothing, so nothing was changed."
        )


def _next(course: Course) -> bool:
    reader = course.reader
    new_sentence = reader.at == 0
    joined = False
    while not reader.ended and (reader.word() in _CONNECTORS or reader.word() in FILLERS):
        new_sentence = new_sentence or reader.word() in STOPS
        joined = joined or reader.word() in _JOINING
        reader.at += 1
    if reader.ended:
        return False
    if new_sentence and not joined:
        course.before = None
    if (named := circumstance(reader)) is not None:
        course.space.last = tuple(one for one in named if one in course.space.fields)
        return True
    if course.clauses and reason(reader):
        return True
    wish, polite = _courtesy(course)
    if course.reader.sentence_ended or reader.word() in _CONNECTORS:
        return True
    if reader.accept(*PROHIBITIONS) and not wish:
        prohibition(course)
    elif rewritten_statement(reader) or _polite_order(reader):
        _order(course, wish=False)
    elif is_question(course, polite=polite):
        ask(course, sentence_end(reader))
    else:
        _order(course, wish=wish)
    return True


def _courtesy(course: Course) -> tuple[bool, bool]:
    """Pass over polite beginnings. Says whether they were a wish for a thing, and whether a polite question."""
    reader = course.reader
    wish = polite = False
    while not reader.ended:
        if longest(reader.lexicon.names, reader.tokens, reader.at) and reader.word() not in FILLERS:
            break
        if reader.word() in (",", "!") and (course.courtesies or polite):
            reader.at += 1
            continue
        for phrase in COURTESIES:
            if all(reader.word(n) == part for n, part in enumerate(phrase)):
                following = (
                    reader.tokens[reader.at + len(phrase)].norm
                    if reader.at + len(phrase) < len(reader.tokens)
                    else ""
                )
                if phrase == ("new",) and reader.at > 0 and not wish:
                    continue
                reader.at += len(phrase)
                wish = wish or phrase in WISHES
                polite = polite or bool(_POLITE & set(phrase)) or following == "please"
                course.courtesies += 1
                break
        else:
            break
    return wish, polite


def _order(course: Course, *, wish: bool) -> None:
    reader = course.reader
    start = reader.at
    if longest(reader.lexicon.names, reader.tokens, reader.at) is None or reader.verb():
        gerund(reader)
    verb = reader.verb()
    if verb is None and not wish:
        if rewritten(reader):
            verb = reader.verb()
        elif course.before is None:
            if course.clauses and not reader.here("thanks", "thank you"):
                raise reader.refuse()
            noun_only(course)
            return
    if wish and (verb is None or not _verb_makes_sense(verb)):
        if _wished(course, start):
            return
        if rewritten(reader):
            verb = reader.verb()
    clause = order(reader, None if verb else course.before)
    if clause is None:
        raise reader.refuse()
    _carry_out(course, clause)
    assignment = clause.assignments[-1] if clause.assignments else None
    if verb:
        course.before = Before(verb[0], verb[1], assignment)


def _polite_order(reader: Reader) -> bool:
    """Pass over the `can we` of `can we bump Product B up to 90`: it names a complete change, so it is no question."""
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


def _carry_out(course: Course, clause: Clause) -> None:
    course.space.notes += course.reader.notes
    course.reader.notes.clear()
    course.execution.carry_out(clause)
    course.clauses.append(clause)


def _wished(course: Course, start: int) -> bool:
    """`I want 3 more suppliers` adds; `I need the list of suppliers` shows."""
    reader = course.reader
    ahead = [token.norm for token in reader.tokens[start : start + 4]]
    newly = bool({"more", "new", "another", "additional", "extra", "further"} & set(ahead)) or (
        start > 0 and reader.tokens[start - 1].norm == "new"
    )
    if newly:
        new = addition(reader)
        reader.skip()
        if new and (reader.sentence_ended or reader.word() in (",", "and", "then")):
            _carry_out(course, Clause("add", "add", new=new))
            course.before = Before("add", frozenset({"add"}))
            return True
        reader.at = start
        raise reader.refuse()
    at = sentence_end(reader)
    words = [token.norm for token in reader.tokens[start:at]]
    if any(word in PARTICIPLES or word == "be" for word in words) and not {"list", "overview"} & set(words):
        return False
    ask(course, at)
    return True
