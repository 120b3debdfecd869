"""Routing: decides what a request means, and which agent takes it."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from typing import Final

import attrs
import structlog

from streamd.core.memory import Memory
from streamd.core.prompt import Message, Prompt, Text
from streamd.core.prompts.conversation import last_exchange, last_items
from streamd.core.run import Response, RunRequest
from streamd.core.thread import Interrupt
from streamd.core.tool_calls import (
    GENERAL,
    Intent,
    Preference,
    PrimaryIntent,
    RequestSetting,
    Understanding,
)
from streamd.engine.journal import RunUpdates
from streamd.engine.live import (
    INTENT,
    IntentRoutes,
    LiveRun,
    falls_back,
    is_understood,
    kind_of,
    leave_to_rules,
    local_time,
)
from streamd.engine.record import OPENING
from streamd.engine.steps import (
    ModelStream,
    content_of,
    remembered,
    understood,
    withdraw_preference,
)
from streamd.errors import BudgetSpentError, ModelError, NotFoundError
from streamd.ports.agent import Agent
from streamd.ports.language import NO_PHRASES

log = structlog.get_logger(__name__)

TEAM: Final = "team"
"""The agent for requests that need several agents."""


async def route(run: LiveRun, withdrawn: Sequence[Interrupt] = ()) -> AsyncGenerator[Response, None]:
    """Emit `start` and `intent_analysis`; afterwards the run has its understanding and its agent.

    `start` says which open questions of the thread the request withdraws.

    Raises:
        NotFoundError: there is no such agent.

    """
    request, agents, routes = run.record.request, run.services.agents, run.services.routes
    if request.agent and request.agent not in agents:
        raise NotFoundError(
            f"there is no agent {request.agent}; there are: {', '.join(sorted(agents))}", agent=request.agent
        )
    extra: dict[str, object] = {"model": run.model.name(request.agent)}
    messages = [run.wording.request_received()]
    if withdrawn:
        extra["withdrawn"] = [one.interrupt_id for one in withdrawn]
        messages.append(run.wording.questions_withdrawn([one.message for one in withdrawn]))
    yield Response("start", " ".join(messages), extra=extra, step=OPENING)
    is_open = not request.agent
    asks_model = is_open and not run.model.is_offline and bool(routes.agents)
    setting = _setting(run)
    if asks_model:
        understanding, classified = await _asked_of_model(run, request, setting)
    else:
        classified = None
        understanding = await understood(run, request, routes.phrases if is_open else NO_PHRASES, setting)
    if classified is not None:
        understanding = _with_classified_intent(understanding, classified, tuple(routes.agents))
    elif is_open and _asks_beyond_items(run, understanding):
        understanding = await _as_document_question(run, request, understanding)
    if understanding.preference is not None and understanding.preference.withdrawn:
        understanding = await _withdrawn(run, understanding, understanding.preference)
    run.state.understanding = understanding
    if understanding.preference is not None:
        run.output.memories.append(_preference(run, understanding.preference))
    agent = agents[request.agent] if request.agent else _for_intent(agents, routes, understanding)
    run.state.assign_agent(agent.name)
    intent = understanding.intent
    yield Response(
        "intent_analysis",
        run.wording.intent_detected(intent.primary_intent),
        extra={
            "intent": {
                "primary_intent": intent.primary_intent,
                "confidence": intent.confidence,
                "actions": list(intent.actions),
                "item_types": list(intent.item_types),
                "agent": agent.name,
                **({"steps": list(understanding.plan)} if len(understanding.plan) > 1 else {}),
            }
        },
        step=OPENING,
    )


def _setting(run: LiveRun) -> RequestSetting:
    """Return the day on which the run was started, and what the run before it in its thread was about."""
    today = local_time(run.record.started_ms, run.services.options.time_zone).date()
    return RequestSetting(today, last_items(run.state.thread_state or {}))


def _asks_beyond_items(run: LiveRun, understanding: Understanding) -> bool:
    """Check whether a question names an item type but no item answers it: «How long may goods be returned?»."""
    return (
        understanding.intent.actions == ("show",)
        and not (understanding.calls or understanding.matched or understanding.refusal)
        and run.services.language.is_question(run.record.request.user_input)
    )


async def _as_document_question(
    run: LiveRun, request: RunRequest, understanding: Understanding
) -> Understanding:
    """Return the understanding as a question to the documents, if a passage bears on it."""
    if not await run.services.knowledge.search(request.user_input, 1):
        return understanding
    intent = attrs.evolve(understanding.intent, primary_intent=GENERAL, actions=("ask",))
    return attrs.evolve(understanding, intent=intent, reply="", plan=(GENERAL,))


def _preference(run: LiveRun, preference: Preference) -> Memory:
    """Build the memory of a preference, which holds for every agent from now on."""
    value = list(preference.value) if isinstance(preference.value, tuple) else preference.value
    return remembered(
        "preference", preference.text, {"key": preference.key, "value": value}, workspace=run.record.workspace,
        user_id=run.record.user_id, agent="", origin="", at_ms=run.services.clock.now_ms(),
    )  # fmt: skip


async def _withdrawn(run: LiveRun, understanding: Understanding, preference: Preference) -> Understanding:
    """Forget a withdrawn preference, in memory and in this request's understanding."""

    async def forget() -> object:
        journal, store, record = run.services.journal, run.services.store, run.record
        await journal.flushed(record.workspace)  # including what an earlier run has just noted
        return await withdraw_preference(
            journal, store, run.services.language, record.workspace, record.user_id, preference
        )

    forgotten = await run.output.once(f"{OPENING}:forgotten", forget)
    if not forgotten:
        return run.services.language.nothing_to_forget(understanding)
    return attrs.evolve(understanding, preference=None)


async def _asked_of_model(
    run: LiveRun, request: RunRequest, setting: RequestSetting
) -> tuple[Understanding, Mapping[str, object] | None]:
    """Understand a request, and ask the model what it is about; None when that fails, and the rules decide: a help is no dependency.

    Where the rules understand the request, the first failure is the last. A failure is recorded: after a restart the rules
    decide again. Raises BudgetSpentError where no model may be asked and the rules do not answer in its place.
    """
    failed, phrases = f"{OPENING}:t0-failed", run.services.routes.phrases
    recorded = await run.replay.result(failed)
    if recorded is not None:
        by_rules = await understood(run, request, phrases, setting)
        if falls_back(run, recorded.decode()) and is_understood(by_rules):
            leave_to_rules(run, recorded.decode())
        return by_rules, None
    understanding = await understood(run, request, NO_PHRASES, setting)
    classification = _classification(run, request, most_attempts=1)
    failure = await _failure_of(classification)
    if failure is None:
        return understanding, classification.data
    by_rules = await understood(run, request, phrases, setting)
    if falls_back(run, kind_of(failure)) and is_understood(by_rules):
        leave_to_rules(run, kind_of(failure))
    elif isinstance(failure, BudgetSpentError):
        raise failure
    elif failure.retryable and classification.turn is None and not is_understood(by_rules):
        classification = _classification(run, request)
        if await _failure_of(classification) is None:
            return understanding, classification.data
    log.warning("classification_failed", run=run.record.run_id, kind=kind_of(failure))
    run.output.persist(RunUpdates(results=(run.output.result(failed, kind_of(failure).encode()),)))
    return by_rules, None


async def _failure_of(classification: ModelStream) -> ModelError | BudgetSpentError | None:
    """Ask the question, and return why it failed; None where it was answered."""
    try:
        async with aclosing(aiter(classification)) as responses:
            async for _ in responses:
                pass  # an answer in JSON emits nothing
    except (ModelError, BudgetSpentError) as error:
        return error
    return None


def _classification(run: LiveRun, request: RunRequest, *, most_attempts: int | None = None) -> ModelStream:
    before = last_exchange(run.state.thread_state or {})
    prompt = Prompt(
        INTENT,
        run.services.routes.question,
        (*before, Message("user", (Text(request.user_input or str(request.context)),))),
        schema=run.services.routes.schema,
        earlier=len(before),
    )
    return ModelStream(run, prompt, f"{OPENING}:t0", (), content_of(INTENT), most_attempts)


def _with_classified_intent(
    understanding: Understanding, data: Mapping[str, object], intents: Sequence[PrimaryIntent]
) -> Understanding:
    """Return the understanding with the intent as the model classifies it."""
    primary = next((intent for intent in intents if intent == data.get("primary_intent")), None)
    if primary is None:
        return understanding
    confidence = data.get("confidence")
    named = data.get("steps")
    steps = named if isinstance(named, list) else []
    intent: Intent = attrs.evolve(
        understanding.intent,
        primary_intent=primary,
        confidence=min(1.0, max(0.0, float(confidence))) if isinstance(confidence, int | float) else 0.5,
    )
    plan = tuple(dict.fromkeys(intent for intent in intents if intent in steps)) or (primary,)
    ordered = tuple(sorted(plan, key=lambda step: steps.index(step) if step in steps else 0))
    return attrs.evolve(understanding, intent=intent, plan=ordered)


def _for_intent(agents: Mapping[str, Agent], routes: IntentRoutes, understanding: Understanding) -> Agent:
    if len(understanding.plan) > 1 and TEAM in agents and not understanding.calls:
        return agents[TEAM]
    return routes.agent_for(understanding.intent.primary_intent)
