"""A device or module that answers methods and tells, line by line, what it is sent; `finish` ends it.

With `cut` it loses its line first, and is back by itself before it says `ready`.
"""

import asyncio
import json
import os
import sys

from azure.iot.device import MethodResponse
from azure.iot.device.aio import IoTHubDeviceClient, IoTHubModuleClient
from lose_line import lose_line


def tell(kind: str, value: object) -> None:
    print(json.dumps([kind, value], sort_keys=True), flush=True)


async def main(kind: str, connection_string: str, cut: bool) -> None:
    with open(os.environ["IOTHUB_CA_FILE"], encoding="utf-8") as file:
        authority = file.read()
    client_class = IoTHubModuleClient if kind == "module" else IoTHubDeviceClient
    client = client_class.create_from_connection_string(
        connection_string, server_verification_cert=authority, connection_retry_interval=1
    )
    finished = asyncio.Event()
    loop = asyncio.get_running_loop()

    async def on_method(request) -> None:
        tell("method", [request.name, request.payload])
        response = MethodResponse.create_from_method_request(
            request, 201, {"echo": request.payload}
        )
        await client.send_method_response(response)
        if request.name == "finish":
            # Handlers run in a loop of the SDK's own.
            loop.call_soon_threadsafe(finished.set)

    await client.connect()
    client.on_method_request_received = on_method
    client.on_twin_desired_properties_patch_received = lambda patch: tell("patch", patch)
    tell("twin", await client.get_twin())
    if cut:
        await lose_line(client)
    await client.patch_twin_reported_properties({"fw": {"version": "1.1"}})
    tell("ready", (await client.get_twin())["reported"])
    await finished.wait()
    await client.shutdown()


asyncio.run(main(sys.argv[1], sys.argv[2], "cut" in sys.argv[3:]))
