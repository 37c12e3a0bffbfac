"""Calls methods on a device and a module by azure-iot-hub, which answer by azure-iot-device."""

import asyncio
import json
import os
import sys

from azure.iot.device import MethodResponse
from azure.iot.device.aio import IoTHubDeviceClient, IoTHubModuleClient
from azure.iot.hub import IoTHubRegistryManager
from azure.iot.hub.models import CloudToDeviceMethod
from msrest.exceptions import HttpOperationError


def echo_with(client):
    async def echo(request):
        answer = {"given": request.payload}
        await client.send_method_response(MethodResponse(request.request_id, 207, answer))

    return echo


def status_of(call):
    try:
        result = call()
        return {"status": result.status, "payload": result.payload}
    except HttpOperationError as error:
        return error.response.status_code


def call_all(registry, device_id):
    def method(payload=None, connect=0):
        return CloudToDeviceMethod(
            method_name="echo",
            payload=payload,
            response_timeout_in_seconds=20,
            connect_timeout_in_seconds=connect,
        )

    to_device, to_module = method({"to": "device"}, 20), method({"to": "module"}, 20)
    return {
        "device": status_of(lambda: registry.invoke_device_method(device_id, to_device)),
        "module": status_of(
            lambda: registry.invoke_device_module_method(device_id, "m1", to_module)
        ),
        "no payload": status_of(lambda: registry.invoke_device_method(device_id, method())),
        "unknown": status_of(lambda: registry.invoke_device_method(device_id + "-none", method())),
        "offline": status_of(
            lambda: registry.invoke_device_module_method(device_id, "none", method())
        ),
    }


async def main(hub: str, device: str, module: str) -> None:
    with open(os.environ["IOTHUB_CA_FILE"], encoding="utf-8") as file:
        authority = file.read()
    clients = [
        IoTHubDeviceClient.create_from_connection_string(
            device, server_verification_cert=authority
        ),
        IoTHubModuleClient.create_from_connection_string(
            module, server_verification_cert=authority
        ),
    ]
    for client in clients:
        await client.connect()
        client.on_method_request_received = echo_with(client)
    registry = IoTHubRegistryManager.from_connection_string(hub)
    device_id = dict(part.split("=", 1) for part in device.split(";"))["DeviceId"]
    print(json.dumps(await asyncio.to_thread(call_all, registry, device_id)))
    for client in clients:
        await client.shutdown()


# What azure-iot-hub trusts.
os.environ["REQUESTS_CA_BUNDLE"] = os.environ["IOTHUB_CA_FILE"]
asyncio.run(main(*sys.argv[1:]))
