"""Handles imports of files, in one message or in parts."""

import orjson

from streamd import service
from streamd.edge.ws._bulk_edits import progress_of
from streamd.edge.ws._client import Client
from streamd.service import FileContent
from streamd.wire import replies
from streamd.wire.messages.table_messages import ImportMessage


async def import_table(client: Client, message: ImportMessage) -> None:
    """Take a part of a file, or import one: send progress, and reply with the counts and the report."""
    name, content = message.upload, message.content
    if name is None:
        assert content is not None
        await _import(client, message, FileContent(content))
        return
    if content is not None and message.part is not None:
        actor = client.actor.acting_as(message.user_id)
        size = await service.add_upload_part(
            client.service, actor, client.uploads, name, message.part, content
        )
        if message.more:
            received = {"upload": name, "part": message.part, "received": size}
            client.send(replies.ack(orjson.dumps(received), request_id=message.request_id))
            return
    upload = client.uploads.get(name)
    client.uploads.touch(name, in_use=True)
    try:
        await _import(client, message, FileContent(upload))
        if not message.dry_run:
            client.uploads.drop(name)
    finally:
        client.uploads.touch(name, in_use=False)


async def _import(client: Client, message: ImportMessage, content: FileContent) -> None:
    result = await service.import_table(
        client.service,
        client.actor.acting_as(message.user_id),
        content,
        progress_of(client, message.request_id),
        options=message.options,
        dry_run=message.dry_run,
        op_id=message.op_id,
    )
    outcome = orjson.dumps(result.as_data(dry_run=message.dry_run))
    client.send(replies.ack(outcome, request_id=message.request_id))
