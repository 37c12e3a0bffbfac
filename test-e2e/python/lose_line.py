"""Loses the line of a client of azure-iot-device by an injected fault, and waits until it is back by itself."""

import asyncio

from azure.iot.device import Message


async def lose_line(client) -> None:
    back = asyncio.Event()
    loop = asyncio.get_running_loop()
    changes = 0

    def on_change() -> None:
        # Lost, then back: how it stands may have changed again when this is called.
        nonlocal changes
        changes += 1
        if changes >= 2 and client.connected:
            loop.call_soon_threadsafe(back.set)

    client.on_connection_state_change = on_change
    message = Message("cut me off")
    message.custom_properties["AzIoTHub_FaultOperationType"] = "KillTcp"
    message.custom_properties["AzIoTHub_FaultOperationDelayInSecs"] = "1"
    await client.send_message(message)
    await back.wait()
    await client.send_message(Message("afterwards"))
