"""The content generator: headline, subheadline, body and call to action, each streamed as it grows, then scored."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from typing import Final

import attrs
import orjson

from streamd.agents.quoted_data import TitledData, numbered, quoted, with_data
from streamd.core.document_passage import Passage
from streamd.core.run import Response, ResponseType
from streamd.core.tasks import Draft
from streamd.facts import define, frozen
from streamd.ports.agent import Agent, Run
from streamd.ports.generation import Chunk
from streamd.text.text_quality import Quality

_SYSTEM: Final = """You write for web pages. Say only what the brief and the documents say; no claim, figure or quotation of your
own. Plain words, no stock phrases. Answer with the text of the section that is asked for and nothing else: no title before it,
no quotation marks around it, no Markdown."""
_WANTED: Final[Mapping[str, str]] = {
    "headline": "the headline: 4 to 10 words that say what the reader gets",
    "subheadline": "the line under the headline: one sentence of 8 to 22 words that says more, and not the same again",
    "body": "the body: 40 to 160 words that make the case with what the brief says",
    "cta": "the words on the button: 2 to 6 words that begin with a verb",
}
SECTIONS: Final = tuple(_WANTED)
"""In the order in which they are written."""
_TYPES: Final[Mapping[str, ResponseType]] = {
    "headline": "headline", "subheadline": "subheadline", "body": "body", "cta": "cta",
}  # fmt: skip
_PASSAGES: Final = 6
_LEAST_SCORE: Final = 60.0
"""A section with a lower score is rewritten once, where a language model may do better."""
_EVERY_MS: Final = 100
_EVERY_CHARACTERS: Final = 80
"""A growing section is announced again after so much time or text, whichever comes first."""


@frozen
class _Brief:
    """The subject of the content, and the facts about it."""

    topic: str
    facts: Mapping[str, object]
    passages: Sequence[Passage]
    preferences: Sequence[str]


@define
class _Section:
    """One section while it is written."""

    run: Run
    name: str
    content: str = ""
    quality: Quality = attrs.field(factory=lambda: Quality(0.0, ()))
    message_id: str = ""
    confidence: float = 0.0
    at_ms: int = 0
    """The time of its last chunk."""
    _announced_ms: int = 0
    _announced: int = 0

    @property
    def _ids(self) -> dict[str, object]:
        """The section's id for previews: `page` in the context distinguishes several contents of a workspace."""
        page = self.run.request.context.get("page")
        name = f"{page}/{self.name}" if isinstance(page, str) and page else self.name
        return {"id": name, "sectionId": name, "section": self.name}

    def chunk_format(self, chunk: Chunk) -> Response:
        """Turn a chunk into a response; announce the section as well when it is time."""
        if chunk.message_id != self.message_id:
            self.message_id, self.content, self._announced = chunk.message_id, "", 0
        self.content += chunk.content
        self.confidence, self.at_ms = chunk.confidence, chunk.at_ms
        grown, waited = len(self.content) - self._announced, chunk.at_ms - self._announced_ms
        if grown and (not self._announced or grown >= _EVERY_CHARACTERS or waited >= _EVERY_MS):
            self._announced, self._announced_ms = len(self.content), chunk.at_ms
            self.announce(complete=False)
        metadata = {"confidence": chunk.confidence, "reasoning": chunk.reasoning, "timestamp": chunk.at_ms}
        extra = {"content": chunk.content, "metadata": metadata, "message_id": chunk.message_id}
        return Response(_TYPES[self.name], extra=extra)

    def announce(self, *, complete: bool) -> None:
        """Publish the section, as far as it is written, to the workspace's watchers."""
        shown = {"content": self.content, "complete": complete}
        self.run.announce("section_updated", {**self._ids, **shown, "updates": {"type": self.name, **shown}})

    def measure(self, text: str, brief: Mapping[str, object]) -> None:
        """Take the whole text and score it."""
        self.content = text.strip()
        self.quality = self.run.language.quality_of(self.name, self.content, brief)

    def repeated(self) -> Response:
        """Repeat the whole section at once, in place of the void text."""
        metadata = {"confidence": self.confidence, "reasoning": "", "timestamp": self.at_ms}
        extra = {"content": self.content, "metadata": metadata, "message_id": f"{self.message_id}:first"}
        return Response(_TYPES[self.name], extra=extra)

    def finish(self) -> None:
        """Publish the whole section, and its quality."""
        self.announce(complete=True)
        self.run.announce("quality_updated", {**self._ids, **measured(self.quality)})


def measured(quality: Quality) -> dict[str, object]:
    """Convert a quality to JSON: {score, components: [{name, score, weight, explanation}]}."""
    return {"score": quality.score, "components": [attrs.asdict(one) for one in quality.components]}


async def steps(run: Run) -> AsyncGenerator[Response, None]:
    """Write the sections in order, each with the earlier ones as context."""
    topic = run.request.user_input or str(run.request.context.get("product", ""))
    brief = _Brief(
        topic, run.request.context, await run.look_up(topic, _PASSAGES),
        [memory.text for memory in await run.preferences()],
    )  # fmt: skip
    written: dict[str, _Section] = {}
    for number, name in enumerate(SECTIONS, start=1):
        section = _Section(run, name)
        before = {one.name: one.content for one in written.values()}
        async with aclosing(_write(run, section, brief, before)) as responses:
            async for response in responses:
                yield response
        section.finish()
        written[name] = section
        yield Response(
            "progress",
            run.language.wording.section_done(name, section.quality.score),
            extra={"progress": number / len(SECTIONS), "step": number, "total_steps": len(SECTIONS)},
        )
    run.conclude(
        "\n\n".join(section.content for section in written.values()),
        sections={name: section.content for name, section in written.items()},
        qualities={name: measured(section.quality) for name, section in written.items()},
    )


async def _write(
    run: Run, section: _Section, brief: _Brief, before: Mapping[str, str]
) -> AsyncGenerator[Response, None]:
    """Write one section; rewrite it once when its score is low and a language model may do better."""
    generation = run.think(
        _prompt(section.name, brief, before),
        task=_task(section.name, brief, before),
        chunk_format=section.chunk_format,
    )
    async for response in generation:
        yield response
    section.measure(generation.text, brief.facts)
    # The rules of the offline model have chosen their best text already.
    if section.quality.score >= _LEAST_SCORE or run.model == "offline" or not run.options.max_revisions:
        return
    first, critique = attrs.evolve(section), _critique(section.quality)
    yield _void(section, run.language.wording.section_rewritten(section.name, first.quality.score))
    again = run.think(
        f"{_prompt(section.name, brief, before)}\n\nYou wrote:\n{quoted(first.content)}\n\nWrite it again, better:\n{critique}",
        task=_task(section.name, brief, before, previous=first.content, critique=critique),
        chunk_format=section.chunk_format,
    )
    async for response in again:
        yield response
    section.measure(again.text, brief.facts)
    if section.quality.score < first.quality.score:
        yield _void(section, run.language.wording.first_section_stands(section.name, section.quality.score))
        section.content, section.quality = first.content, first.quality
        yield first.repeated()


def _void(section: _Section, why: str) -> Response:
    """Declare the section's emitted text void."""
    return Response("attempt_reset", why, extra={"message_id": section.message_id, "attempt": 2})


def _critique(quality: Quality) -> str:
    return "\n".join(f"- {one.name}: {one.explanation}" for one in quality.components if one.score < 100)


def _task(
    name: str, brief: _Brief, before: Mapping[str, str], *, previous: str = "", critique: str = ""
) -> Draft:
    facts = {**brief.facts, "written": dict(before)}
    return Draft(
        brief.topic, name, passages=brief.passages, previous=previous, critique=critique, brief=facts
    )


def _prompt(name: str, brief: _Brief, before: Mapping[str, str]) -> str:
    """Build the prompt: the known facts, the earlier sections, and the task."""
    sections: list[TitledData] = [
        ("Documents", numbered(brief.passages)),
        ("What the user wants to hold", brief.preferences),
        ("Written already", [f"{section}: {text}" for section, text in before.items()]),
        ("Brief", orjson.dumps(brief.facts).decode() if brief.facts else ""),
    ]
    return with_data(brief.topic, sections, ask=f"Write {_WANTED[name]}.")


AGENT: Final = Agent(
    name="content",
    steps=steps,
    agent_id="content_agent",
    description="web copy from a brief: headline, subheadline, body and call to action, with their quality",
    system=_SYSTEM,
)
