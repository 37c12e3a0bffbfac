"""A device that tells, line by line, of the messages that it is sent; one with the body `finish` ends it.

With `cut` it loses its line when it has one message, and is back by itself before it says `back`.
"""

import asyncio
import json
import os
import sys

from azure.iot.device.aio import IoTHubDeviceClient
from lose_line import lose_line


def tell(kind: str, value: object) -> None:
    print(json.dumps([kind, value], sort_keys=True), flush=True)


def members_of(message) -> dict:
    members = {
        "messageId": message.message_id,
        "correlationId": message.correlation_id,
        "userId": message.user_id,
        "contentType": message.content_type,
        "contentEncoding": message.content_encoding,
        "expiryTimeUtc": message.expiry_time_utc,
        "ack": message.ack,
        "properties": message.custom_properties,
        "body": message.data.decode(),
    }
    return {name: value for name, value in members.items() if value is not None}


async def main(connection_string: str, cut: bool) -> None:
    with open(os.environ["IOTHUB_CA_FILE"], encoding="utf-8") as file:
        authority = file.read()
    client = IoTHubDeviceClient.create_from_connection_string(
        connection_string, server_verification_cert=authority, connection_retry_interval=1
    )
    taken, finished = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def on_message(message) -> None:
        members = members_of(message)
        tell("message", members)
        # Handlers run in a loop of the SDK's own.
        loop.call_soon_threadsafe(taken.set)
        if members["body"] == "finish":
            loop.call_soon_threadsafe(finished.set)

    await client.connect()
    client.on_message_received = on_message
    if cut:
        await taken.wait()
        await lose_line(client)
        tell("back", True)
    await finished.wait()
    await client.shutdown()


asyncio.run(main(sys.argv[1], "cut" in sys.argv[2:]))
