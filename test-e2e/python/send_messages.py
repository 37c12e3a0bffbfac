"""The send_c2d_message of the unmodified azure-iot-hub, which speaks AMQP; prints what each one came to, as JSON."""

import json
import os
import sys

import certifi

# The SDK takes no other way to say whom its AMQP client trusts.
certifi.where = lambda: os.environ["IOTHUB_CA_FILE"]

from azure.iot.hub import IoTHubRegistryManager  # noqa: E402


def main(connection_string, device_id):
    manager = IoTHubRegistryManager.from_connection_string(connection_string)
    properties = {
        "messageId": "py-1",
        "correlationId": "c-1",
        "contentType": "application/json",
        "contentEncoding": "utf-8",
        "room": "kitchen",
        "iothub-ack": "full",
    }
    outcomes = {}
    for name, receiver in [("known", device_id), ("unknown", device_id + "-x"), ("again", device_id)]:
        try:
            manager.send_c2d_message(receiver, json.dumps({"name": name}), properties=properties)
            outcomes[name] = "sent"
        except Exception as error:
            outcomes[name] = str(error)
    print(json.dumps(outcomes))


main(sys.argv[1], sys.argv[2])
