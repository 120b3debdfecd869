"""Messages that import and export items as CSV files."""

import builtins
from base64 import b64decode
from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar, Final, Literal, get_args

from streamd.core.declared.import_options import (
    DATE_ORDERS,
    DECIMALS,
    DELIMITERS,
    DateOrder,
    Decimal,
    Delimiter,
    ImportOptions,
)
from streamd.core.json.typed_schemas import JsonSchema
from streamd.core.values import MAX_ID_CHARS
from streamd.errors import InvalidMessageError
from streamd.wire.messages import _readers as read
from streamd.wire.messages._key_schemas import accepts, either
from streamd.wire.messages.client_message import ClientMessage, from_key, message

MAX_FILENAME_CHARS: Final = 255
MAX_IMPORT_COLUMNS: Final = 1_000
_BASE64: Final = "^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$"
_BOTH: Final[JsonSchema] = {
    "properties": {"text": {"type": "string"}, "bytes": {"type": "string"}},
    "required": ["text", "bytes"],
}
_NO_COLUMNS: Final[Mapping[str, str]] = MappingProxyType({})

TableFormat = Literal["csv"]
TABLE_FORMATS: Final[tuple[TableFormat, ...]] = get_args(TableFormat)


@accepts({"type": "string", "minLength": 1})
def _file_text(value: object, key: str) -> str:
    given = read.text(value, key)
    if not given:
        raise InvalidMessageError(f"{key} is required: the content of a CSV file", path=key)
    return given


@accepts({"type": "string", "minLength": 1, "pattern": _BASE64})
def _file_bytes(value: object, key: str) -> bytes:
    given = read.text(value, key)
    if not given:
        raise InvalidMessageError(f"{key} is required: the content of a CSV file", path=key)
    try:
        found = b64decode(given, validate=True)
    except ValueError:
        found = b""
    if not found:
        raise InvalidMessageError(f"{key} must be the content of a CSV file, in base64", path=key)
    return found


@accepts(
    {
        "type": "object",
        "maxProperties": MAX_IMPORT_COLUMNS,
        "additionalProperties": {"type": ["string", "null"], "maxLength": MAX_ID_CHARS},
    }
)
def _columns(value: object, key: str) -> dict[str, str]:
    expected = f"{key} must be an object of at most {MAX_IMPORT_COLUMNS} columns with the names of their fields, or null"
    if not isinstance(value, dict) or len(value) > MAX_IMPORT_COLUMNS:
        raise InvalidMessageError(expected, path=key)
    try:
        return {column: read.name(field, key) or "" for column, field in value.items()}
    except InvalidMessageError:
        raise InvalidMessageError(expected, path=key) from None


@accepts({"enum": list(DELIMITERS)})
def _delimiter(value: object, key: str) -> Delimiter:
    found = next((one for one in DELIMITERS if one == value), None)
    if found is None:
        raise InvalidMessageError(f"{key} must be a comma, a semicolon, a tab or a bar", path=key)
    return found


@message("import")
class ImportMessage(ClientMessage):
    """`import`: adds or updates items from a CSV file, or sends a part of one."""

    rule: ClassVar = {**either("text", "bytes", "upload"), "not": _BOTH}

    text: str | None = from_key(_file_text, default=None, shown=False)
    item_type: str | None = from_key(read.name, default=None)
    filename: str | None = from_key(read.short_text(MAX_FILENAME_CHARS), default=None)
    """Says what the rows are where `item_type` does not."""
    dry_run: bool = from_key(read.flag, default=False)
    format: TableFormat = from_key(read.choice(TABLE_FORMATS), default="csv")
    op_id: str | None = from_key(read.op_id, default=None)
    user_id: str | None = from_key(read.name, default=None)
    bytes: builtins.bytes | None = from_key(_file_bytes, default=None, shown=False)
    """Instead of text."""
    upload: str | None = from_key(read.name, default=None)
    """The name of a file that is sent in parts."""
    part: int | None = from_key(read.whole(least=1), default=None)
    """The number of this part, from 1."""
    more: bool = from_key(read.flag, default=False)
    """Whether further parts follow; without it the import begins."""
    columns: Mapping[str, str] = from_key(_columns, default=_NO_COLUMNS)
    """Column to field; to nothing: it is skipped."""
    key: str | None = from_key(read.name, default=None)
    encoding: str | None = from_key(read.name, default=None)
    delimiter: Delimiter | None = from_key(_delimiter, default=None)
    decimal: Decimal | None = from_key(read.choice(DECIMALS), default=None)
    dates: DateOrder | None = from_key(read.choice(DATE_ORDERS), default=None)

    def __attrs_post_init__(self) -> None:
        """Check that there is one content, or an upload."""
        content = self.bytes if self.text is None else self.text
        if self.text is not None and self.bytes is not None:
            raise InvalidMessageError("a file comes as text or as bytes, not as both", path="bytes")
        if self.upload is None:
            if content is None:
                raise InvalidMessageError("text is required: the content of a CSV file", path="text")
            if self.part is not None or self.more:
                raise InvalidMessageError(
                    "upload is required: the name of the file that this is a part of", path="upload"
                )
        elif content is not None and self.part is None:
            raise InvalidMessageError("part is required: the number of this part, from 1", path="part")
        elif content is None and (self.part is not None or self.more):
            raise InvalidMessageError("text is required, or bytes: the content of this part", path="text")

    @property
    def content(self) -> str | builtins.bytes | None:
        """The content in this message."""
        return self.bytes if self.text is None else self.text

    @property
    def options(self) -> ImportOptions:
        """All that is said about the file."""
        return ImportOptions(
            self.item_type, self.filename or "", self.columns, self.key, self.encoding, self.delimiter, self.decimal,
            self.dates,
        )  # fmt: skip


@message("export")
class ExportMessage(ClientMessage):
    """`export`: asks for the items (of a type) as the text of a CSV file."""

    item_type: str | None = from_key(read.name, default=None)
    format: TableFormat = from_key(read.choice(TABLE_FORMATS), default="csv")
