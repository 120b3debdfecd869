"""Passages: what a search of the knowledge base finds, with where it stands."""

import attrs


@attrs.frozen
class Passage:
    """A part of a document, short enough to be read as a whole."""

    source: str
    """The document: its path below the knowledge folder, parted by `/`."""
    title: str
    """The document's own title, or its file name in words."""
    text: str
    """A few paragraphs as they stand there, up to about 1200 characters; entries and tables as in Markdown."""
    score: float = 0.0
    """How well it fits (BM25, larger is better). Compares passages of one search, nothing else."""
    section: str = ""
    """The headings it stands under, outermost first, parted by ` > `; empty where there are none."""
    line: int = 1
    """Where in the file it begins, from 1."""
