"""Passages: results of a search in the knowledge base."""

from streamd.facts import frozen


@frozen
class Passage:
    """A short part of a document, with its source."""

    source: str
    """Path of the document below the knowledge folder, separated by `/`."""
    title: str
    """Title of the document, or its file name in words."""
    text: str
    """A few paragraphs verbatim, up to about 1200 characters; lists and tables as in Markdown."""
    score: float = 0.0
    """Relevance (BM25, larger is better), comparable only within one search."""
    section: str = ""
    """Its headings, outermost first, separated by ` > `; empty without any."""
    line: int = 1
    """First line in the file, from 1."""
