"""Searches the knowledge base."""

from collections.abc import Sequence

from streamd.core.document_passage import Passage
from streamd.service.actor import Actor
from streamd.service.use_case import Service, use_case


@use_case("read")
async def search_knowledge(service: Service, actor: Actor, query: str, limit: int) -> Sequence[Passage]:
    """Search the documents for passages, the best first. They are the same in every workspace."""
    del actor
    return await service.engine.runs.services.knowledge.search(query, limit)
