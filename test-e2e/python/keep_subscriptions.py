"""Subscribes, loses its line, comes back by itself without subscribing again, and asks for its twin."""

import asyncio
import os
import sys

from azure.iot.device import Message
from azure.iot.device.aio import IoTHubDeviceClient
from azure.iot.device.exceptions import ClientError


async def main(connection_string: str) -> None:
    with open(os.environ["IOTHUB_CA_FILE"], encoding="utf-8") as file:
        authority = file.read()
    client = IoTHubDeviceClient.create_from_connection_string(
        connection_string,
        server_verification_cert=authority,
        connection_retry_interval=1,
        # It would ask for the twin again and again as long as the answer is an error.
        ensure_desired_properties=False,
    )
    back = asyncio.Event()
    loop = asyncio.get_running_loop()
    changes = 0

    def on_change() -> None:
        # Lost, then back: how it stands may have changed again when this is called.
        nonlocal changes
        changes += 1
        if changes >= 2 and client.connected:
            loop.call_soon_threadsafe(back.set)

    await client.connect()
    client.on_connection_state_change = on_change
    client.on_message_received = print
    client.on_method_request_received = print
    client.on_twin_desired_properties_patch_received = print
    await ask_for_twin(client)

    cut = Message("cut me off")
    cut.custom_properties["AzIoTHub_FaultOperationType"] = "KillTcp"
    cut.custom_properties["AzIoTHub_FaultOperationDelayInSecs"] = "1"
    await client.send_message(cut)
    await back.wait()

    await ask_for_twin(client)
    await client.send_message(Message("afterwards"))
    await client.shutdown()


async def ask_for_twin(client: IoTHubDeviceClient) -> None:
    try:
        await client.get_twin()
    except ClientError as error:
        print(error.__cause__, flush=True)


asyncio.run(main(sys.argv[1]))
