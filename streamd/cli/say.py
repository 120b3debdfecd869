"""`streamd say`: asks agents for something and shows how it goes, once or as a conversation."""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

from streamd.cli.daemon_flags import add_daemon_flags
from streamd.cli.table import plain

if TYPE_CHECKING:
    from streamd.cli.daemon_client import DaemonClient

HELP: Final = "say what should happen, and see it happen; without a text: a conversation"

_DONE, _FAILED, _REFUSED, _ASKED = 0, 1, 3, 4
_SIGNS: Final = {"item_added": "+", "item_removed": "-", "item_updated": "~", "field_changed": "~"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the text, the agent, the thread and the daemon's address."""
    parser.add_argument("text", nargs="*", metavar="TEXT", help='such as "Remove all low stock items"')
    parser.add_argument(
        "--agent", metavar="A", help="the agent to ask; without it, the one that the text is for"
    )
    parser.add_argument("--thread", metavar="T", help="the thread to go on with")
    parser.add_argument("--json", action="store_true", help="print every response as a line of JSON")
    parser.epilog = "exit status: 0 done, 1 failed, 3 refused or not understood, 4 a question waits"
    add_daemon_flags(parser)


def run(arguments: argparse.Namespace) -> int:
    """Ask and follow. Raises StreamdError where no daemon answers."""
    from streamd.cli.daemon_client import connected_client

    with connected_client(arguments) as client:
        said = _Conversation(client, arguments)
        if arguments.text:
            return said.say(" ".join(arguments.text))
        status = _DONE
        for line in _lines():
            status = said.say(line)
        return status


def _lines() -> Iterator[str]:
    """The lines that are typed, or come through a pipe, but empty ones."""
    if sys.stdin.isatty():
        import readline  # noqa: F401 - gives `input` a history and keys

    while True:
        try:
            line = input("> " if sys.stdin.isatty() else "")
        except EOFError:
            return
        if line.strip():
            yield line


def _answer(question: Mapping[str, object]) -> Mapping[str, object]:
    """Ask in the terminal: for a value where the question is for one, else whether to go on."""
    if question.get("reason") == "input_required":
        text = input("Answer (JSON or text; empty: no): ").strip()
        try:
            value = json.loads(text) if text else None
        except ValueError:
            value = text
        return {"decision": "edit", "value": value} if text else {"decision": "reject"}
    return {"decision": "approve" if input("Go on? [y/N] ").strip().lower() in ("y", "yes") else "reject"}


class _Conversation:
    """Requests on one thread, one after the other."""

    def __init__(self, client: "DaemonClient", arguments: argparse.Namespace) -> None:
        self._client = client
        self._agent, self._thread, self._as_json = arguments.agent, arguments.thread, arguments.json

    def say(self, text: str) -> int:
        """Ask, follow the run to its end, answer its questions in the terminal. Returns the exit status."""
        wanted = {"agent": self._agent, "thread_id": self._thread}
        last = self._follow(
            {"type": "user_request", "user_input": text, **{k: v for k, v in wanted.items() if v}}
        )
        while isinstance(question := last.get("interrupt"), Mapping) and last["type"] == "interrupt":
            self._tell(str(question["message"]))
            if not sys.stdin.isatty() or self._as_json:
                self._tell(f"the question {question['interrupt_id']} waits for an answer")
                return _ASKED
            last = self._follow(
                {"type": "respond", "interrupt_id": question["interrupt_id"], **_answer(question)}
            )
        if last["type"] == "complete":
            data = last.get("data")
            return _REFUSED if isinstance(data, Mapping) and data.get("refusal") else _DONE
        self._tell(f"streamd: {last['message']}")
        return _FAILED

    def _follow(self, message: Mapping[str, object]) -> Mapping[str, object]:
        """Send a message and show the responses to it. Returns the last one."""
        from streamd.cli.daemon_client import LAST_RESPONSES, DaemonRefusalError

        shown = ""
        try:
            for response in self._client.request(message, silence_seconds=None):
                self._thread = response.get("thread_id", self._thread)
                if self._as_json:
                    print(json.dumps(response, ensure_ascii=False), flush=True)
                elif response["type"] == "content":
                    words = str(response.get("content", ""))
                    print(plain(words), end="", flush=True)
                    shown += words
                elif response["type"] in _SIGNS and response.get("item_id"):
                    self._tell(
                        f"{_SIGNS[str(response['type'])]} {response['item_id']}  {response.get('message', '')}"
                    )
                elif response["type"] not in LAST_RESPONSES and sys.stderr.isatty():
                    self._tell(str(response.get("message", "")))
                if response["type"] in LAST_RESPONSES:
                    if shown:
                        print(flush=True)
                    if (
                        response["type"] == "complete"
                        and not self._as_json
                        and shown.strip() != response["message"]
                    ):
                        print(plain(str(response["message"])), flush=True)
                    return response
        except DaemonRefusalError as error:
            return {"type": "error", "message": error.message}
        raise AssertionError("a request has a last response")

    @staticmethod
    def _tell(text: str) -> None:
        """Print beside the answer, which alone goes to stdout."""
        if text:
            print(plain(text), file=sys.stderr, flush=True)
