"""Twins, queries and digital twins with the unmodified azure-iot-hub; prints what each call came to, as JSON."""

import json
import os
import sys

from azure.iot.hub import DigitalTwinClient, IoTHubRegistryManager
from azure.iot.hub.models import QuerySpecification, Twin, TwinProperties
from msrest.exceptions import HttpOperationError

outcomes = {}


def record(name, operation, *arguments, **named):
    """What the method returned, or the HTTP status of its refusal."""
    try:
        result = operation(*arguments, **named)
    except HttpOperationError as error:
        outcomes[name] = error.response.status_code
        return None
    outcomes[name] = result.as_dict() if hasattr(result, "as_dict") else result
    return result


def twins(manager, device_id):
    read = record("get_twin", manager.get_twin, device_id)
    patch = Twin(tags={"floor": 2, "site": device_id}, properties=TwinProperties(desired={"rate": 5}))
    record("update_twin", manager.update_twin, device_id, patch, read.etag)
    record("update with a stale etag", manager.update_twin, device_id, patch, read.etag)
    record("update a whole twin", manager.update_twin, device_id, manager.get_twin(device_id))
    record("replace_twin", manager.replace_twin, device_id, Twin(tags={"site": device_id}))
    record("update with a bad key", manager.update_twin, device_id, Twin(tags={"a b": 1}))
    record("get what is missing", manager.get_twin, f"{device_id}-none")
    record("update_module_twin", manager.update_module_twin, device_id, "m1", patch)
    record("get_module_twin", manager.get_module_twin, device_id, "m1")
    record("replace_module_twin", manager.replace_module_twin, device_id, "m1", Twin(tags={}))
    record("get a module that is missing", manager.get_module_twin, device_id, "none")


def queries(manager, device_id):
    for source in ("devices", "devices.modules"):
        specification = QuerySpecification(query=f"SELECT * FROM {source} WHERE deviceId = '{device_id}'")
        pages = []
        continuation = None
        while True:
            page = manager.query_iot_hub(specification, continuation, 1)
            pages.append([(twin.device_id, twin.module_id) for twin in page.items])
            continuation = page.continuation_token
            if continuation is None:
                break
        outcomes[f"query {source}"] = pages
    record("query what is none", manager.query_iot_hub, QuerySpecification(query="SELECT"))


def digital_twins(client, device_id):
    patch = [{"op": "add", "path": "/thermostat", "value": {"target": 20, "$metadata": {}}}]
    record("update_digital_twin", client.update_digital_twin, device_id, patch, "*")
    record("get_digital_twin", client.get_digital_twin, device_id)
    record("update with a stale tag", client.update_digital_twin, device_id, patch, "stale")
    record("get no digital twin", client.get_digital_twin, f"{device_id}-none")


def main(connection_string, device_id):
    manager = IoTHubRegistryManager.from_connection_string(connection_string)
    twins(manager, device_id)
    queries(manager, device_id)
    digital_twins(DigitalTwinClient.from_connection_string(connection_string), device_id)
    json.dump(outcomes, sys.stdout)


# The hub's own authority, as the SDK's HTTP library takes it; with a public certificate not needed.
os.environ["REQUESTS_CA_BUNDLE"] = os.environ["IOTHUB_CA_FILE"]
main(sys.argv[1], sys.argv[2])
