"""Source material of a text: statements with the passages they are from."""

from collections.abc import Sequence

import attrs

from streamd.core.document_passage import Passage
from streamd.facts import define
from streamd.text.letter_case import capitalised
from streamd.writing._ranking import Statement, statements_of
from streamd.writing._sentence_splitting import split
from streamd.writing.citations import Bibliography, source_of


@define
class Material:
    """The statements and the sources cited so far."""

    names: tuple[str, ...]
    """The name of each passage's source."""
    statements: tuple[Statement, ...]
    """The statements of all passages."""
    bibliography: Bibliography = attrs.field(factory=Bibliography)

    def mark(self, one: Statement) -> str:
        """The citation of a statement; empty for one from no passage."""
        return self.bibliography.mark(self.names[one.source]) if one.source >= 0 else ""

    def cite(self, one: Statement) -> str:
        """Cite a statement, sentence by sentence, so that each can be moved with its citation."""
        source = (self.names[one.source],) if one.source >= 0 else ()
        return " ".join(
            self.bibliography.cited(sentence, *source) for sentence in split(capitalised(one.text))
        )

    def with_sources(self, parts: Sequence[str]) -> str:
        """Join non-empty parts as paragraphs, with the list of cited sources at the end."""
        return "\n\n".join(part for part in (*parts, self.bibliography.line()) if part)


def material_of(passages: Sequence[Passage]) -> Material:
    """Collect the statements of passages."""
    return Material(tuple(map(source_of, passages)), statements_of(passages))
