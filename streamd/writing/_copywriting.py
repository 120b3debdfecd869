"""Writes advertising copy from a brief: of several wordings the one of the best quality."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, TypeAlias

import attrs

from streamd.core.tasks import Draft
from streamd.text.full_stops import with_full_stop
from streamd.text.letter_case import capitalised, decapitalised
from streamd.text.lists import listed
from streamd.text.words import terms
from streamd.writing._copy_brief import CopyBrief, copy_brief
from streamd.writing._key_phrases import key_phrases
from streamd.writing._material import material_of
from streamd.writing._readability import words_in
from streamd.writing._section_filling import statements_about
from streamd.writing._sentence_splitting import depends_on_previous, split
from streamd.writing._verb_forms import imperative, is_imperative, third
from streamd.writing.citations import without_marks
from streamd.writing.quality import quality_of

_ORDER: Final = re.compile(
    r"^(?:please\s+)?(?:(?:write|draft|create|generate|make|prepare)\s+)?(?:me\s+)?(?:an?|the|some)?\s*(?:\w+\s+){0,2}?"
    r"(?:landing page|web ?page|page|website|homepage|ad|advert|advertisement|copy|content|headline|campaign|text)\s+(?:for|about|on)\s+"
    r"(?:(?:our|my|the|a|an)\s+)?",
    re.IGNORECASE,
)
_LONGEST_NAME: Final = 5
_MOST_FACT_WORDS: Final = 24
_BODY_WORDS: Final = 140
_LIVELY: Final = re.compile(
    r"\b(?:playful|energetic|excit\w+|bold|lively|fun|enthusiastic|upbeat)\b", re.IGNORECASE
)

Wordings: TypeAlias = Callable[[CopyBrief, Sequence[str]], Iterator[str]]
"""Yields wordings of a section from a brief and statements about the product, preferred ones first."""


def copy_of(task: Draft) -> str:
    """Write one section (`task.kind`) from the brief and the passages alone; never empty."""
    given = copy_brief(_ORDER.sub("", task.topic.strip()), task.brief)
    brief = attrs.evolve(given, product=_short_name(given.product))
    about = statements_about(brief.product, material_of(task.passages)) if task.passages else []
    statements = [one.statement.text for one in about]
    wordings = [text for wording in _WORDINGS[task.kind](brief, statements) if (text := _polished(wording))]
    # The first of equals, so that the same brief always gives the same text.
    return max(wordings, key=lambda text: quality_of(task.kind, text, brief).score)


def _short_name(product: str) -> str:
    """Shorten a topic that is a sentence to its key phrase."""
    bare = without_marks(product).strip().rstrip(".!?")
    if len(bare.split()) <= _LONGEST_NAME:
        return bare or "this offer"
    return next(iter(key_phrases(bare, 1)), "") or " ".join(bare.split()[:_LONGEST_NAME])


def _polished(text: str) -> str:
    return capitalised(" ".join(text.split()))


def _headlines(brief: CopyBrief, statements: Sequence[str]) -> Iterator[str]:
    for benefit in map(_bare, brief.benefits):
        if asked := imperative(benefit):
            yield f"{asked} with {_named(brief)}"
            if brief.audience:
                yield f"{_bare(brief.audience)}: {decapitalised(asked)}"
            yield asked
        if predicate := third(benefit):
            yield f"{_named(brief)} {predicate}"
        else:
            yield f"{brief.product}: {decapitalised(benefit)}"
    if brief.audience:
        yield f"{brief.product} for {_bare(brief.audience)}"
    if brief.offer:
        yield f"{brief.product}: {_bare(brief.offer)}"
    for statement in [*brief.facts, *statements]:
        if len(words_in(statement)) <= 10 and not depends_on_previous(statement):
            yield _bare(statement)
    yield brief.product


def _subheadlines(brief: CopyBrief, statements: Sequence[str]) -> Iterator[str]:
    verbs, nouns = _verbs_and_nouns(brief)
    audience = f" for {_bare(brief.audience)}" if brief.audience else ""
    for predicates in (verbs[1:3], verbs[:2], verbs[-1:]):
        if predicates:
            yield f"{_named(brief)} {listed(predicates)}."
    if nouns:
        yield f"{listed(nouns)}{audience}."
    for fact in [*brief.facts, *statements]:
        if len(words_in(fact)) <= _MOST_FACT_WORDS and not depends_on_previous(fact):
            yield with_full_stop(fact)
            if brief.audience:
                yield f"For {_bare(brief.audience)}: {decapitalised(with_full_stop(fact))}"
    yield f"{_named(brief)}{audience}."


def _bodies(brief: CopyBrief, statements: Sequence[str]) -> Iterator[str]:
    verbs, nouns = _verbs_and_nouns(brief)
    sentences = [f"{_named(brief)} {listed(verbs[:2])}."] if verbs else []
    sentences += [f"It also {listed(verbs[2:])}."] if verbs[2:] else []
    sentences += [f"What you get: {listed(nouns)}."] if nouns else []
    sentences += [with_full_stop(capitalised(fact)) for fact in brief.facts]
    if brief.audience:
        sentences.append(f"{_named(brief)} is meant for {decapitalised(_bare(brief.audience))}.")
    asked = _bare(brief.action)
    closing = [with_full_stop(_bare(brief.offer)), with_full_stop(asked if is_imperative(asked) else "")]
    held = set(terms(" ".join(sentences)))
    room = _BODY_WORDS - len(words_in(" ".join([*sentences, *closing])))
    for statement in statements:
        room -= len(words_in(statement))
        if room >= 0 and not set(terms(statement)) <= held:
            sentences.append(statement)
    if sentences or any(closing):
        yield " ".join(capitalised(one) for one in (*sentences, *closing) if one)
    else:
        yield (
            f"{capitalised(brief.product)}: the brief names no benefits, facts or audience, and there are no documents about "
            "it. Add them, and the text will say what they say."
        )


def _verbs_and_nouns(brief: CopyBrief) -> tuple[list[str], list[str]]:
    """Split the benefits into verb phrases in the third person and noun phrases."""
    benefits = [decapitalised(_bare(one)) for one in brief.benefits]
    return [predicate for one in benefits if (predicate := third(one))], [
        one for one in benefits if not third(one)
    ]


def _named(brief: CopyBrief) -> str:
    """The product within a sentence: a proper name alone, a common noun with an article."""
    is_name = brief.product != brief.product.lower() or brief.product.startswith(("the ", "this ", "our "))
    return brief.product if is_name or any(map(str.isdigit, brief.product)) else f"the {brief.product}"


def _calls(brief: CopyBrief, _statements: Sequence[str]) -> Iterator[str]:
    mark = "!" if _LIVELY.search(brief.tone) else ""
    if brief.action:
        action = _bare(brief.action)
        yield f"{action if is_imperative(action) else f'get your {decapitalised(action)}'}{mark}"
        return
    if brief.offer:
        offer = _bare(brief.offer)
        yield f"{offer if is_imperative(offer) else f'get {decapitalised(offer)}'}{mark}"
    yield f"Try {_named(brief)}{mark}"
    yield f"Discover {_named(brief)}{mark}"
    for benefit in map(_bare, brief.benefits):
        if len(benefit.split()) <= _LONGEST_NAME and (asked := imperative(benefit)):
            yield f"{asked}{mark}"


_WORDINGS: Final[Mapping[str, Wordings]] = {
    "headline": _headlines,
    "subheadline": _subheadlines,
    "body": _bodies,
    "cta": _calls,
}


def _bare(text: str) -> str:
    """The first sentence of a text, without its full stop."""
    return next(iter(split(without_marks(text).strip())), "").rstrip(".")
