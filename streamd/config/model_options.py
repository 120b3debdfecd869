"""Options of language models: which model, request parameters, prices, and overrides of single agents."""

from typing import Literal

from streamd.config.checks import http_address, json_object, no_blanks, not_empty
from streamd.config.option import option
from streamd.facts import frozen


@frozen
class ModelOptions:
    """`[models]`: the language model of every agent without a model of its own."""

    provider: str = option(
        "auto",
        check=not_empty,
        help="anthropic, openai, offline, an installed one, or auto: anthropic when there is a key, else offline",
    )
    api_key: str = option(
        "",
        check=no_blanks,
        secret=True,
        also="ANTHROPIC_API_KEY",
        help="better in the environment, ANTHROPIC_API_KEY; never printed",
    )
    base_url: str = option(
        "",
        check=http_address,
        also="ANTHROPIC_BASE_URL",
        help="URL of the models' service, also ANTHROPIC_BASE_URL; empty: Anthropic's own",
    )
    model: str = option("claude-sonnet-5-5", check=not_empty, help="serves the agents")
    intent_model: str = option("claude-haiku-5-5", check=not_empty, help="classifies requests")
    effort: Literal["", "low", "medium", "high", "xhigh", "max"] = option(
        "medium", help='how hard it thinks: low, medium, high, xhigh, max, or "" to leave it to the model'
    )
    thinking: bool = option(
        default=True, help="whether it thinks before it answers, with summaries for clients"
    )
    max_output_tokens: int = option(
        8192, at_least=1, at_most=1_000_000, help="of one turn, including thinking"
    )
    context_tokens: int = option(
        200_000,
        at_least=4096,
        at_most=100_000_000,
        help="that a prompt and its answer may have; older tool results give way",
    )
    conversation_tokens: int = option(
        12_000,
        at_least=100,
        at_most=10_000_000,
        help="of a thread that stay word by word, about; what is older is summed up",
    )
    stall_seconds: float = option(
        60.0,
        at_least=0.01,
        help="without a byte from a model's stream: the stream fails",
    )
    retry_base_seconds: float = option(
        1.0, at_least=0, help="before the second attempt, about; doubled before each further one"
    )
    max_attempts: int = option(
        5, at_least=1, at_most=100, help="at one turn, when it fails in a way that may pass"
    )
    fallback: Literal["", "offline"] = option(
        "",
        help="offline: rules answer what they understand where the model cannot be reached or a budget is spent",
    )
    check_at_start: bool = option(default=True, help="check whether the models exist and when they retire")


@frozen
class OpenaiOptions:
    """`[openai]`: a server that speaks the chat-completions protocol, for `models.provider = "openai"`."""

    base_url: str = option(
        "",
        check=http_address,
        also="OPENAI_BASE_URL",
        help="like http://localhost:11434/v1, also OPENAI_BASE_URL; empty: OpenAI's own",
    )
    api_key: str = option(
        "",
        check=no_blanks,
        secret=True,
        also="OPENAI_API_KEY",
        help="better in the environment, OPENAI_API_KEY; local servers need none; never printed",
    )
    max_tokens_key: Literal["auto", "max_tokens", "max_completion_tokens"] = option(
        "auto", help="what the server calls max_output_tokens; auto: as OpenAI's own or as all others do"
    )
    extra_body: str = option(
        "", check=json_object, help="further parameters of each request, as JSON text; empty: none"
    )


@frozen
class AgentOptions:
    """`[agents.<name>]`: overrides for one agent. None: the value of `[models]` or `[runs]` applies."""

    model: str | None = option(None, check=not_empty, help="the model that this agent asks")
    effort: Literal["", "low", "medium", "high", "xhigh", "max"] | None = option(
        None, help='low, medium, high, xhigh, max or ""'
    )
    thinking: bool | None = option(None, help="whether it thinks before it answers")
    max_output_tokens: int | None = option(None, at_least=1, at_most=1_000_000, help="of one turn")
    context_tokens: int | None = option(
        None, at_least=4096, at_most=100_000_000, help="that its model reads and writes at once"
    )
    stall_seconds: float | None = option(None, at_least=0.01, help="without anything from its model")
    timeout_seconds: float | None = option(None, at_least=0.1, help="for this agent's part of a run")
    instructions: str | None = option(None, help="its system prompt ends in this")
    mcp: tuple[str, ...] | None = option(
        None, help='servers of tools that it may use, as ["files", "github.search"]: all tools, or one'
    )
    replaces: bool | None = option(
        None, help="an installed agent with a name, an intent or a phrase of another takes its place"
    )


@frozen
class McpOptions:
    """`[mcp.<name>]`: a server of tools: a command that is started, or the URL of one that runs elsewhere."""

    command: str = option("", help="starts a server that speaks over its standard input and output")
    args: tuple[str, ...] = option((), help="arguments of the command")
    env: tuple[str, ...] = option(
        (), secret=True, help='its variables: "NAME" as the daemon has it, or "NAME=value"; never printed'
    )
    url: str = option("", check=http_address, help="of a server that speaks over streamable HTTP")
    headers: tuple[str, ...] = option(
        (),
        secret=True,
        help='of each request, like "Authorization: Bearer $TOKEN" with a variable; never printed',
    )
    timeout_seconds: float = option(60.0, at_least=0.1, at_most=86_400, help="for one call")
    connect_seconds: float = option(10.0, at_least=0.1, at_most=600, help="for the start and the handshake")


@frozen
class PriceOptions:
    """`[prices."<model>"]`: US dollars per million tokens. All four are required."""

    input: float = option(0.0, at_least=0, required=True, help="that the model reads")
    output: float = option(0.0, at_least=0, required=True, help="that it writes, thinking among them")
    cache_write: float = option(
        0.0, at_least=0, required=True, help="that it puts into the prompt cache for five minutes"
    )
    cache_read: float = option(0.0, at_least=0, required=True, help="that it takes from the prompt cache")
