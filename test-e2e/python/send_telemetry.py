"""Sends messages with properties through the unmodified Python SDK, as README.md shows."""

import asyncio
import os
import sys

from azure.iot.device import Message
from azure.iot.device.aio import IoTHubDeviceClient


async def main(connection_string: str, count: int) -> None:
    # The hub's own authority; with a public certificate this argument is not needed.
    with open(os.environ["IOTHUB_CA_FILE"], encoding="utf-8") as file:
        authority = file.read()
    client = IoTHubDeviceClient.create_from_connection_string(
        connection_string, server_verification_cert=authority
    )
    await client.connect()
    for number in range(count):
        message = Message(f'{{"number":{number}}}')
        message.message_id = f"m-{number}"
        message.content_type = "application/json"
        message.content_encoding = "utf-8"
        message.custom_properties["number"] = str(number)
        await client.send_message(message)
    await client.shutdown()


asyncio.run(main(sys.argv[1], int(sys.argv[2])))
