"""The question what a request is about: a help, without which the rules decide."""

import pytest

from tests.agents.model_office import model_office
from tests.support.messages_api import Request
from tests.support.model_replies import Reply, failed, said

FENCED = '```json\n{"primary_intent": "supplier_management", "confidence": 0.9, "steps": []}\n```'


@pytest.mark.parametrize(
    "reply",
    [
        failed(400, "invalid_request_error"),
        failed(529, "overloaded_error"),
        failed(401, "authentication_error"),
        Reply(stop="refusal"),
        said('{"primary_intent": '),
        said("I would rather not say."),
    ],
    ids=["400", "529", "401", "refusal", "cut", "words"],
)
async def test_when_the_router_fails_the_rules_decide(reply: Reply) -> None:
    def answer(request: Request) -> Reply:
        if request.schema is not None:
            return Reply(reply.parts, reply.stop, status=reply.status, error=reply.error)
        return said("It will be 30 a day.")

    async with model_office(max_attempts=2) as place:
        place.api.answer = answer
        responses = await place.ask("Forecast the demand for the next 30 days")

    (analysis,) = [one for one in responses if one["type"] == "intent_analysis"]
    assert analysis["intent"]["primary_intent"] == "forecasting"
    assert responses[-1]["type"] == "complete"


@pytest.mark.parametrize("words", [FENCED, f"Sure! {FENCED} Anything else?"])
async def test_json_is_taken_out_of_a_fence(words: str) -> None:
    async with model_office() as place:
        place.api.answer = lambda request: said("x") if request.schema is None else said(words)
        responses = await place.ask("Hello there")

    (analysis,) = [one for one in responses if one["type"] == "intent_analysis"]
    assert analysis["intent"]["primary_intent"] == "supplier_management"
    assert len([one for one in place.api.requests if one.schema is not None]) == 1


async def test_a_trip_is_planned_without_queries_of_the_model() -> None:
    def answer(request: Request) -> Reply:
        return failed(400, "invalid_request_error") if request.schema is not None else said("Lisbon.")

    async with model_office() as place:
        place.api.answer = answer
        responses = await place.ask("Plan two days in Lisbon", "trip_planner")

    assert responses[-1]["type"] == "complete", responses[-1]
    assert responses[-1]["message"] == "Lisbon."
