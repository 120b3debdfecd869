"""The content generator: headline, subheadline, body and call to action, each told as it grows and measured when it is done."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from typing import Final

import attrs
import orjson

from streamd.agents import wording
from streamd.agents.teamwork.background import numbered, told_list
from streamd.core.document_passage import Passage
from streamd.core.run import Response, ResponseType
from streamd.core.tasks import Draft
from streamd.ports.agent import Agent, Run
from streamd.ports.generation import Chunk
from streamd.writing import SECTIONS, Quality, quality_of

_SYSTEM: Final = """You write for web pages. Say only what the brief and the documents say; no claim, figure or quotation of your
own. Plain words, no stock phrases. Answer with the text of the section that is asked for and nothing else: no title before it,
no quotation marks around it, no Markdown."""
_WANTED: Final[Mapping[str, str]] = {
    "headline": "the headline: 4 to 10 words that say what the reader gets",
    "subheadline": "the line under the headline: one sentence of 8 to 22 words that says more, and not the same again",
    "body": "the body: 40 to 160 words that make the case with what the brief says",
    "cta": "the words on the button: 2 to 6 words that begin with a verb",
}
_TYPES: Final[Mapping[str, ResponseType]] = {
    "headline": "headline", "subheadline": "subheadline", "body": "body", "cta": "cta",
}  # fmt: skip
_PASSAGES: Final = 6
_LEAST_SCORE: Final = 60.0
"""A section that scores less is written once more, where somebody may do better."""
_EVERY_MS: Final = 100
_EVERY_CHARACTERS: Final = 80
"""A growing section is announced again after so long, or so much text, whichever is first."""


@attrs.frozen
class _Brief:
    """What is to be written about."""

    topic: str
    given: Mapping[str, object]
    passages: Sequence[Passage]
    preferences: Sequence[str]


@attrs.define
class _Section:
    """One section while it is written."""

    run: Run
    name: str
    content: str = ""
    quality: Quality = attrs.field(factory=lambda: Quality(0.0, ()))
    message_id: str = ""
    confidence: float = 0.0
    at_ms: int = 0
    """When its last piece came."""
    _announced_ms: int = 0
    _announced: int = 0

    @property
    def _place(self) -> dict[str, object]:
        """How previews find it: `page` in the context tells several contents of one workspace apart."""
        page = self.run.request.context.get("page")
        name = f"{page}/{self.name}" if isinstance(page, str) and page else self.name
        return {"id": name, "sectionId": name, "section": self.name}

    def chunk_format(self, chunk: Chunk) -> Response:
        """A piece of it, as it is told; announced as well when it is time."""
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
        """Show it, as far as it is, to those who watch the workspace."""
        shown = {"content": self.content, "complete": complete}
        self.run.announce(
            "section_updated", {**self._place, **shown, "updates": {"type": self.name, **shown}}
        )

    def measure(self, text: str, brief: Mapping[str, object]) -> None:
        """Take the whole text and say how good it is."""
        self.content = text.strip()
        self.quality = quality_of(self.name, self.content, brief)

    def told_again(self) -> Response:
        """All of it at once, in place of what was void."""
        metadata = {"confidence": self.confidence, "reasoning": "", "timestamp": self.at_ms}
        extra = {"content": self.content, "metadata": metadata, "message_id": f"{self.message_id}:first"}
        return Response(_TYPES[self.name], extra=extra)

    def finish(self) -> None:
        """Show it as a whole, and its quality."""
        self.announce(complete=True)
        self.run.announce("quality_updated", {**self._place, **measured(self.quality)})


def measured(quality: Quality) -> dict[str, object]:
    """A quality as JSON: {score, components: [{name, score, weight, explanation}]}."""
    return {"score": quality.score, "components": [attrs.asdict(one) for one in quality.components]}


async def steps(run: Run) -> AsyncGenerator[Response, None]:
    """Write the sections in order, each with what stands before it."""
    topic = run.request.user_input or str(run.request.context.get("product", ""))
    brief = _Brief(
        topic, run.request.context, await run.look_up(topic, _PASSAGES),
        [memory.text for memory in await run.preferences()],
    )  # fmt: skip
    written: dict[str, _Section] = {}
    for number, name in enumerate(SECTIONS, start=1):
        section = _Section(run, name)
        before = {one.name: one.content for one in written.values()}
        async with aclosing(_write(run, section, brief, before)) as told:
            async for response in told:
                yield response
        section.finish()
        written[name] = section
        yield Response(
            "progress",
            wording.section_done(name, section.quality.score),
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
    """One section; once more when it is poor and there is a model that may do better."""
    speech = run.think(
        _asked(section.name, brief, before),
        task=_task(section.name, brief, before),
        chunk_format=section.chunk_format,
    )
    async for response in speech:
        yield response
    section.measure(speech.text, brief.given)
    # The rules of the offline model have chosen the best of what they can say already.
    if section.quality.score >= _LEAST_SCORE or run.model == "offline" or not run.options.max_revisions:
        return
    first, critique = attrs.evolve(section), _critique(section.quality)
    yield _void(section, wording.section_rewritten(section.name, first.quality.score))
    again = run.think(
        f"{_asked(section.name, brief, before)}\n\nYou wrote:\n{first.content}\n\nWrite it again, better:\n{critique}",
        task=_task(section.name, brief, before, previous=first.content, critique=critique),
        chunk_format=section.chunk_format,
    )
    async for response in again:
        yield response
    section.measure(again.text, brief.given)
    if section.quality.score < first.quality.score:
        yield _void(section, wording.first_section_stands(section.name, section.quality.score))
        section.content, section.quality = first.content, first.quality
        yield first.told_again()


def _void(section: _Section, why: str) -> Response:
    """What was told of a section does not hold."""
    return Response("attempt_reset", why, extra={"message_id": section.message_id, "attempt": 2})


def _critique(quality: Quality) -> str:
    return "\n".join(f"- {one.name}: {one.explanation}" for one in quality.components if one.score < 100)


def _task(
    name: str, brief: _Brief, before: Mapping[str, str], *, previous: str = "", critique: str = ""
) -> Draft:
    facts = {**brief.given, "written": dict(before)}
    return Draft(
        brief.topic, name, passages=brief.passages, previous=previous, critique=critique, brief=facts
    )


def _asked(name: str, brief: _Brief, before: Mapping[str, str]) -> str:
    """For a language model: what there is to say, what stands already, and what is wanted."""
    sections = (
        ("Documents", numbered(brief.passages)),
        ("What the user wants to hold", brief.preferences),
        ("Written already", [f"{section}: {text}" for section, text in before.items()]),
    )
    known = [told_list(title, lines) for title, lines in sections if lines]
    known += [f"Brief:\n{orjson.dumps(brief.given).decode()}"] if brief.given else []
    return "\n\n".join([*known, f"Request: {brief.topic}", f"Write {_WANTED[name]}."])


AGENT: Final = Agent(
    name="content",
    steps=steps,
    agent_id="content_agent",
    description="web copy from a brief: headline, subheadline, body and call to action, with their quality",
    system=_SYSTEM,
)
