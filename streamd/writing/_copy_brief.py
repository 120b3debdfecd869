"""Briefs for texts, parsed leniently."""

import re
from collections.abc import Mapping

from streamd.facts import frozen
from streamd.writing._sentence_splitting import plain


def texts_in(brief: Mapping[str, object], key: str) -> tuple[str, ...]:
    """The texts under a key, in any spelling of it: a list, a text split at lines and semicolons, or a number."""
    wanted = _folded(key)
    return tuple(text for name, value in brief.items() if _folded(name) == wanted for text in _texts(value))


def _texts(value: object) -> list[str]:
    match value:
        case None | bool():
            return []
        case str():
            return [text for part in re.split(r"[\n;]", value) if (text := plain(part.strip(" -*•\t")))]
        case int() | float():
            return [f"{value:g}"]
        case Mapping():
            return [f"{key}: {text}" for key, member in value.items() for text in _texts(member)]
        case list() | tuple():
            return [text for member in value for text in _texts(member)]
        case _:
            return [text] if (text := plain(str(value))) else []


def _folded(key: str) -> str:
    return re.sub(r"[^a-z0-9]", "", key.casefold())


@frozen
class CopyBrief:
    """The brief for advertising copy."""

    product: str
    audience: str = ""
    tone: str = ""
    benefits: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    action: str = ""
    """The action that the reader is asked for, in the words of the brief; may be empty."""
    offer: str = ""


def copy_brief(topic: str, brief: Mapping[str, object]) -> CopyBrief:
    """Parse a brief; the topic replaces a missing product.

    Keys: product (or name, title, topic), audience (or target_audience), tone (or voice, style), benefits (or features,
    value_proposition), facts (or key_points, proof, details), keywords (or key_words, seo_keywords), call_to_action (or
    cta, action, goal), offer.
    """

    def every(*keys: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(text for key in keys for text in texts_in(brief, key)))

    def first(*keys: str) -> str:
        return next(iter(every(*keys)), "")

    keywords = tuple(
        word
        for text in every("keywords", "key_words", "seo_keywords")
        for part in text.split(",")
        if (word := part.strip())
    )
    asked = _asked_for(plain(topic))
    benefits = every("benefits", "benefit", "features", "value_proposition")
    return CopyBrief(
        first("product", "product_name", "name", "title", "topic") or asked.product,
        first("audience", "target_audience", "target") or asked.audience,
        first("tone", "voice", "style"),
        benefits,
        every("facts", "key_points", "proof", "details", "description") or (() if benefits else asked.facts),
        keywords,
        first("call_to_action", "cta", "action", "goal"),
        first("offer"),
    )


_ORDER = re.compile(
    r"(?:please |can you |could you )*(?:write|create|generate|draft|make|produce|compose|prepare)\b.*?"
    r"\b(?:for|about|on|promoting|advertising|selling)\s+(?P<what>.+)",
    re.IGNORECASE,
)
"""A request for copy: the kind of text, then its product."""
_DESCRIBED = re.compile(r"(?P<product>[^,]+),\s*(?P<what>(?:an?|the|our|your)\s.+)", re.IGNORECASE)
_FOR_WHOM = re.compile(r"(?P<what>.+?)\s+for\s+(?P<whom>[^,]+)", re.IGNORECASE)


def _asked_for(topic: str) -> CopyBrief:
    """Extract the brief from a request: «Write a page for Stockwise, an inventory tool for small shops»."""
    order = _ORDER.fullmatch(topic.rstrip(".!? "))
    if order is None:
        return CopyBrief(topic)
    what = order["what"]
    described = _DESCRIBED.fullmatch(what)
    if described is None:
        aimed = _FOR_WHOM.fullmatch(what)
        return CopyBrief(what) if aimed is None else CopyBrief(aimed["what"], aimed["whom"])
    product = described["product"].strip()
    aimed = _FOR_WHOM.fullmatch(described["what"])
    audience = "" if aimed is None else aimed["whom"]
    return CopyBrief(product, audience, facts=(f"{product} is {described['what']}",))
