"""A request clause by clause: orders, prohibitions, wishes and questions, each seen in the light of those before."""

from typing import Final

import attrs

from streamd.core.language.additions import addition
from streamd.core.language.answers import FORECAST_WORDS, answer
from streamd.core.language.courtesies import COURTESIES, FILLERS, WISHES
from streamd.core.language.execution import Execution
from streamd.core.language.figures import Answer
from streamd.core.language.lexicon import longest
from streamd.core.language.nouns import phrases
from streamd.core.language.orders import Before, order
from streamd.core.language.phrases import Clause, NotUnderstoodError
from streamd.core.language.questions import question
from streamd.core.language.reader import Reader
from streamd.core.language.rewriting import clause_end, gerund, rewritten, sentence_end
from streamd.core.language.verbs import CHANGING, PARTICIPLES, VerbKind
from streamd.core.language.vocabulary import QUESTION_WORDS, STOPS
from streamd.core.language.workspace import Workspace

_CONNECTORS: Final = frozenset(
    {",", "and", "then", "but", "plus", "also", ":", "-", "\u2013", "—", "&", "so", *STOPS, ")", "(", "…"}
)
_PROHIBITIONS: Final = (
    "don't", "do not", "never", "no need to", "there is no need to", "there's no need to", "you must not", "must not", "you should not",
    "should not", "shouldn't", "you shouldn't", "avoid", "stop", "refrain from", "we don't want to", "i don't want to", "i do not want to",
    "i don't want you to", "i do not want you to", "under no circumstances", "not to", "you can't", "you cannot", "we must not",
    "we should not", "we shouldn't", "we do not want to", "mustn't", "i'd rather not", "let's not", "let 's not", "i would rather not", "without",
    "i don't", "we don't", "do n't", "not", "please don't", "i'd prefer not to", "we won't", "i won't", "i didn't", "nobody should",
    "no one should", "i wouldn't", "you don't need to", "you do not need to", "you don't have to", "dont", "don t", "cannot", "can't",
    "i refuse to", "i forbid you to", "i never", "we never", "hold off on", "forget about",
)  # fmt: skip
_POLITE: Final = frozenset({"could", "can", "would", "will", "mind", "possible", "wondering", "think"})
_CONDITIONALS: Final = frozenset(
    [
        "if",
        "when",
        "whenever",
        "unless",
        "once",
        "until",
        "till",
        "as",
        "in",
        "after",
        "before",
        "every",
        "should",
        "provided",
    ]
) - {"in", "as", "every", "should"}
_HYPOTHETICAL: Final = frozenset(
    {"if", "would", "should", "happen", "happens", "suppose", "assuming", "imagine", "whether"}
)


@attrs.define
class Sentences:
    """Reads a whole request and carries out its orders on the workspace."""

    reader: Reader
    space: Workspace
    execution: Execution
    answers: list[Answer] = attrs.field(factory=list)
    clauses: list[Clause] = attrs.field(factory=list)
    before: Before | None = None
    forbade: bool = False
    forbidden: set[VerbKind] = attrs.field(factory=set)
    """What nothing at all may be done of: `don't remove anything`."""
    unclear: str = ""
    """The end of a prohibition that could not be explained: nothing may be changed then."""
    courteous: bool = False
    courtesies: int = 0

    def read(self) -> None:
        """Everything, or raise at the first thing that is not clear."""
        while self._next():
            pass
        if self.unclear and self.execution.steps:
            raise NotUnderstoodError(f"I did not understand «{self.unclear}», so nothing was changed.")
        done = {clause.kind for clause in self.clauses} & self.forbidden
        if done:
            raise NotUnderstoodError(
                f"You said to {min(done)} something and to {min(done)} nothing, so nothing was changed."
            )

    def _next(self) -> bool:
        reader = self.reader
        new_sentence = reader.at == 0
        while not reader.ended and (reader.word() in _CONNECTORS or reader.word() in FILLERS):
            new_sentence = new_sentence or reader.word() in STOPS
            reader.at += 1
        if reader.ended:
            return False
        if new_sentence:
            self.before = None
        wish, polite = self._courtesy()
        if self.reader.sentence_ended or reader.word() in _CONNECTORS:
            return True
        if reader.accept(*_PROHIBITIONS) and not wish:
            self._prohibition()
        elif self._is_question(polite=polite):
            self._question(sentence_end(reader))
        else:
            self._order(wish=wish)
        return True

    def _courtesy(self) -> tuple[bool, bool]:
        """Pass over polite beginnings. Says whether they were a wish for a thing, and whether a polite question."""
        reader = self.reader
        wish = polite = False
        while not reader.ended:
            if longest(reader.lexicon.names, reader.tokens, reader.at) and reader.word() not in FILLERS:
                break
            if reader.word() in (",", "!") and (self.courtesies or polite):
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
                    self.courtesies += 1
                    break
            else:
                break
        return wish, polite

    # ── questions ────────────────────────────────────────────────────────────────────────────────────────────────────

    def _ends_asking(self) -> bool:
        end = sentence_end(self.reader)
        return end < len(self.reader.tokens) and self.reader.tokens[end].norm == "?"

    def _is_question(self, *, polite: bool) -> bool:
        reader = self.reader
        word = reader.word()
        verb = reader.verb()
        if word in _CONDITIONALS and not self._ends_asking():
            self._refuse_conditional()
        if word in QUESTION_WORDS and not (verb and word == "will"):
            return True
        if self._ends_asking() and not polite:
            return True
        if verb is None:
            return False
        kinds = verb[1]
        if not kinds & CHANGING:
            return True
        if kinds & {"show", "count", "analyze", "forecast"}:
            return self._only_shows(verb[2])
        return False

    def _refuse_conditional(self) -> None:
        """`if Product B is low, remove it`: orders that depend on something are not carried out."""
        reader = self.reader
        end = sentence_end(reader)
        for at in range(reader.at, end):
            verb = reader.verb(at - reader.at)
            if verb and verb[1] & CHANGING:
                raise NotUnderstoodError(
                    f"I do not act on conditions such as «{reader.said(reader.at, min(end, reader.at + 6))} …»; say it "
                    "when it is so, or describe the items («remove all low stock items»). Nothing was changed."
                )

    def _only_shows(self, length: int) -> bool:
        """Whether a verb of two meanings, such as `give`, `put` or `find`, only asks to be shown something."""
        return self.reader.word(length) in ("me", "us")

    def _question(self, end: int) -> None:
        reader = self.reader
        start = reader.at
        verb = reader.verb()
        if verb and reader.word() not in QUESTION_WORDS:
            reader.at += verb[2]
            reader.accept("me", "us", "for")
            open_ended = reader.word() in QUESTION_WORDS or bool(
                {token.norm for token in reader.tokens[start:end]} & _HYPOTHETICAL
            )
            if not open_ended:
                end = self._next_order(end)
            first = reader.at
            said = "help" if verb[0] == "help" else ""
        else:
            first, said = start, ""
        tokens = reader.tokens[first:end]
        text = reader.text[reader.tokens[start].start : reader.tokens[end - 1].end] if end > start else ""
        if verb and verb[1] & {"forecast"}:
            said = "forecast"
        if verb and verb[1] & {"analyze"} and not verb[1] & {"show"}:
            said = "analyze"
        if verb and verb[1] & {"count"}:
            said = "count"
        inner = Reader(reader.text, tokens, reader.lexicon, known_words=reader.known_words)
        asked = attrs.evolve(question(inner), text=text)
        asked = attrs.evolve(asked, words=asked.words | ({said} if said else set()))
        found = answer(self.space, asked)
        hypothetical = {token.norm for token in reader.tokens[start:end]} & {"if", "should"}
        if hypothetical and found.action == "show":
            found = attrs.evolve(found, reply=f"That was a question, so nothing was changed. {found.reply}")
        self.answers.append(found)
        if found.matched:
            self.space.last = found.matched
        reader.at = end

    def _next_order(self, end: int) -> int:
        """Where, before the end of the sentence, an order begins: `list them and remove Product C`."""
        reader = self.reader
        back = reader.at
        for at in range(reader.at, end):
            if reader.tokens[at].norm in (",", "and", "then", "but", "\u2013", "—"):
                reader.at = at + 1
                while reader.word() in ("then", "and", "also", ",", *FILLERS):
                    reader.at += 1
                verb = reader.verb()
                if (verb and verb[1] & CHANGING) or reader.word() in ("don't", "do", "never"):
                    reader.at = back
                    return at
        reader.at = back
        return end

    # ── prohibitions ─────────────────────────────────────────────────────────────────────────────────────────────────

    def _prohibition(self) -> None:
        """`don't remove Product A`: nothing is done, and what it names is left alone by the rest of the request too."""
        reader = self.reader
        self.forbade = True
        reader.accept(
            "ever", "you", "dare", "want", "to", "want to", "want you to", "please", "any longer", "you dare"
        )
        gerund(reader)
        verb = reader.verb()
        end = clause_end(reader)
        if end <= reader.at and (self.execution.steps or verb is None):
            raise reader.refuse("do not …")
        if verb is None:
            if reader.accept("touch", "disturb", "mess with", "forget to", "lose", "include"):
                if reader.tokens[reader.at - 1].norm == "to":
                    reader.at = end
                    raise reader.refuse()
            elif not self._harmless(end):
                raise reader.refuse()
        else:
            reader.at += verb[2]
        start = reader.at
        try:
            self._forbid(verb[1] if verb else CHANGING)
        except NotUnderstoodError:
            reader.at = start
        end = clause_end(reader)
        if reader.at < end:
            self.unclear = reader.said(reader.at, end)
        reader.at = end

    def _forbid(self, kinds: frozenset[VerbKind]) -> None:
        reader = self.reader
        targets = phrases(reader)
        reader.skip()
        everything = any((one.everything or one.every) and one.bare_of_conditions for one in targets)
        if everything and not reader.accept("else"):
            self.forbidden |= kinds
        elif targets and not everything and ("add" not in kinds or "set" in kinds):
            self.execution.keep(targets)

    def _harmless(self, end: int) -> bool:
        return not self.execution.steps or end <= self.reader.at

    # ── orders ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def _order(self, *, wish: bool) -> None:
        reader = self.reader
        start = reader.at
        if longest(reader.lexicon.names, reader.tokens, reader.at) is None or reader.verb():
            gerund(reader)
        verb = reader.verb()
        if verb is None and not wish:
            if rewritten(reader):
                verb = reader.verb()
            elif self.before is None:
                self._noun_only()
                return
        if wish and (verb is None or not self._verb_makes_sense(verb)):
            if self._wished(start):
                return
            if rewritten(reader):
                verb = reader.verb()
        clause = order(reader, None if verb else self.before)
        if clause is None:
            raise reader.refuse()
        self._carry_out(clause)
        assignment = clause.assignments[-1] if clause.assignments else None
        if verb:
            self.before = Before(verb[0], verb[1], assignment)

    def _verb_makes_sense(self, verb: tuple[str, frozenset[VerbKind], int]) -> bool:
        return verb[0] not in ("order", "record", "log", "file", "stock up", "set")

    def _carry_out(self, clause: Clause) -> None:
        self.space.notes += self.reader.notes
        self.reader.notes.clear()
        self.execution.carry_out(clause)
        self.clauses.append(clause)

    def _wished(self, start: int) -> bool:
        """`I want 3 more suppliers` adds; `I need the list of suppliers` shows."""
        reader = self.reader
        ahead = [token.norm for token in reader.tokens[start : start + 4]]
        newly = bool({"more", "new", "another", "additional", "extra", "further"} & set(ahead)) or (
            start > 0 and reader.tokens[start - 1].norm == "new"
        )
        if newly:
            new = addition(reader)
            reader.skip()
            if new and (reader.sentence_ended or reader.word() in (",", "and", "then")):
                self._carry_out(Clause("add", "add", new=new))
                self.before = Before("add", frozenset({"add"}))
                return True
            reader.at = start
            raise reader.refuse()
        at = sentence_end(reader)
        words = [token.norm for token in reader.tokens[start:at]]
        if any(word in PARTICIPLES or word == "be" for word in words) and not {"list", "overview"} & set(
            words
        ):
            return False
        self._question(at)
        return True

    def _noun_only(self) -> None:
        """A request without a verb: `low stock items`, `supplier risks`, `total value of the inventory`."""
        reader = self.reader
        start, end = reader.at, sentence_end(reader)
        inner = Reader(reader.text, reader.tokens[start:end], reader.lexicon, known_words=reader.known_words)
        asked = attrs.evolve(question(inner), text=reader.said(start, end))
        telling = asked.words & (
            FORECAST_WORDS
            | {
                "risk",
                "risks",
                "performance",
                "total",
                "average",
                "analysis",
                "overview",
                "help",
                "list",
                "number",
                "count",
                "sum",
            }
        )
        covered = any(one.said for one in asked.phrases) and _covers(reader, start, end)
        if not telling and not covered:
            raise reader.refuse()
        self.answers.append(answer(self.space, asked))
        reader.at = end


def _covers(reader: Reader, start: int, end: int) -> bool:
    """Whether noun phrases explain the whole sentence."""
    try:
        found = phrases(reader)
    except NotUnderstoodError:
        return False
    finally:
        stopped, reader.at = reader.at, start
    return (
        bool(found)
        and stopped >= end
        and not all(one.names and not any(name.ids for name in one.names) for one in found)
    )
