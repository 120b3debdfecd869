"""Material: what one text is made of, and how its statements are told with their sources."""

from collections.abc import Sequence

import attrs

from streamd.core.document_passage import Passage
from streamd.text.letter_case import capitalised
from streamd.writing._ranking import Statement, statements_of
from streamd.writing.citations import Bibliography, source_of
from streamd.writing.sentence_splitting import split


@attrs.define
class Material:
    """The statements at hand and the sources cited so far."""

    names: tuple[str, ...]
    """The name of each passage's source."""
    statements: tuple[Statement, ...]
    """All that the passages say."""
    bibliography: Bibliography = attrs.field(factory=Bibliography)

    def mark(self, one: Statement) -> str:
        """A statement's citation; empty for what is in no passage."""
        return self.bibliography.mark(self.names[one.source]) if one.source >= 0 else ""

    def told(self, one: Statement) -> str:
        """A statement with its citation, each of its sentences with its own, so that they can be taken apart."""
        source = (self.names[one.source],) if one.source >= 0 else ()
        return " ".join(
            self.bibliography.cited(sentence, *source) for sentence in split(capitalised(one.text))
        )

    def with_sources(self, parts: Sequence[str]) -> str:
        """The parts as paragraphs, the list of the cited sources last. Empty ones are left out."""
        return "\n\n".join(part for part in (*parts, self.bibliography.line()) if part)


def material_of(passages: Sequence[Passage]) -> Material:
    """What the passages say."""
    return Material(tuple(map(source_of, passages)), statements_of(passages))
