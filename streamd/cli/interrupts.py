"""`streamd interrupts`: prints the questions that wait for a person, and answers them."""

import argparse
import json
from typing import TYPE_CHECKING, Final

from streamd.cli.daemon_flags import add_daemon_flags
from streamd.cli.table import counted, plain
from streamd.errors import ConfigurationError, Mistake

if TYPE_CHECKING:
    from streamd.cli.daemon_client import DaemonClient

HELP: Final = "print the questions that wait for a person, or answer one"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the answer to a question, the format and the daemon's address."""
    answer = parser.add_mutually_exclusive_group()
    answer.add_argument("--approve", metavar="QUESTION", help="let it be done")
    answer.add_argument("--reject", metavar="QUESTION", help="do not let it be done")
    answer.add_argument(
        "--edit", metavar=("QUESTION", "JSON"), nargs=2, help="let it be done with this value instead"
    )
    parser.add_argument("--json", action="store_true", help="print questions and responses as lines of JSON")
    add_daemon_flags(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print what waits, or answer. Raises StreamdError where no daemon answers, or it refuses."""
    from streamd.cli.daemon_client import connected_client

    answer: dict[str, object] = {}
    if arguments.edit:
        answer = {"interrupt_id": arguments.edit[0], "decision": "edit", "value": _value(arguments.edit[1])}
    elif named := arguments.approve or arguments.reject:
        answer = {"interrupt_id": named, "decision": "approve" if arguments.approve else "reject"}
    with connected_client(arguments) as client:
        return _answered(client, answer, arguments.json) if answer else _listed(client, arguments.json)


def _value(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        raise ConfigurationError([Mistake("--edit", "the value is no JSON")]) from None


def _listed(client: "DaemonClient", as_json: bool) -> int:
    asked = client.answer({"type": "list_interrupts"})["interrupts"]
    assert isinstance(asked, list)
    if as_json:
        for question in asked:
            print(json.dumps(question, ensure_ascii=False))
        return 0
    # The id goes into the answer and the message is what one decides on: neither is cut.
    for question in asked:
        until = f"  until {question['expires_at']}" if question.get("expires_at") else ""
        print(f"{question['interrupt_id']}  {question['agent']}{until}")
        print(f"  {plain(' '.join(str(question['message']).split()))}")
    print(counted(len(asked), "question"))
    return 0


def _answered(client: "DaemonClient", answer: dict[str, object], as_json: bool) -> int:
    from streamd.cli.daemon_client import LAST_RESPONSES

    for response in client.request({"type": "respond", **answer}, silence_seconds=None):
        if as_json:
            print(json.dumps(response, ensure_ascii=False), flush=True)
        if response["type"] in LAST_RESPONSES:
            if not as_json:
                print(plain(str(response["message"])))
            return {"complete": 0, "interrupt": 4}.get(str(response["type"]), 1)
    raise AssertionError("an answer has a last response")
