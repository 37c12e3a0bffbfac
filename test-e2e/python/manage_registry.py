"""Every registry method of the unmodified azure-iot-hub; prints what each one came to, as JSON."""

import json
import os
import sys

from azure.iot.hub import IoTHubRegistryManager
from azure.iot.hub.models import (
    AuthenticationMechanism,
    ExportImportDevice,
    SymmetricKey,
)
from msrest.exceptions import HttpOperationError

KEY_A = "AAECAwQFBgcICQoLDA0ODw=="
KEY_B = "EBESExQVFhcYGRobHB0eHw=="
THUMBPRINT_A = "AB" * 20
THUMBPRINT_B = "CD" * 32

outcomes = {}


def record(name, operation, *arguments, **named):
    """What the method returned, or the HTTP status of its refusal."""
    try:
        result = operation(*arguments, **named)
    except HttpOperationError as error:
        outcomes[name] = error.response.status_code
        return None
    outcomes[name] = plain(result)
    return result


def plain(result):
    if isinstance(result, list):
        return [plain(each) for each in result]
    return result.as_dict() if hasattr(result, "as_dict") else result


def devices(manager, device_id):
    sas, x509, ca = (f"{device_id}-{kind}" for kind in ("sas", "x509", "ca"))
    created = record(
        "create_device_with_sas",
        manager.create_device_with_sas,
        sas,
        KEY_A,
        KEY_B,
        "enabled",
        iot_edge=True,
    )
    record("create again", manager.create_device_with_sas, sas, KEY_A, KEY_B, "enabled")
    record("create with a bad key", manager.create_device_with_sas, f"{sas}-bad", "1", "1", "enabled")
    record(
        "create_device_with_x509",
        manager.create_device_with_x509,
        x509,
        THUMBPRINT_A,
        THUMBPRINT_B,
        "disabled",
        status_reason="new",
    )
    record(
        "create_device_with_certificate_authority",
        manager.create_device_with_certificate_authority,
        ca,
        "enabled",
        device_scope=created.device_scope,
    )
    record("get_device", manager.get_device, sas)
    record("update_device_with_sas", manager.update_device_with_sas, sas, created.etag, KEY_B, KEY_A, "disabled")
    record(
        "update with a stale etag", manager.update_device_with_sas, sas, created.etag, KEY_A, KEY_B, "enabled"
    )
    record("update_device_with_x509", manager.update_device_with_x509, x509, None, THUMBPRINT_B, None, "enabled")
    record(
        "update_device_with_certificate_authority",
        manager.update_device_with_certificate_authority,
        ca,
        None,
        "disabled",
    )
    record("update what is missing", manager.update_device_with_sas, f"{sas}-none", None, KEY_A, KEY_B, "enabled")
    record("get_devices", manager.get_devices, 1)
    record("get_device_registry_statistics", manager.get_device_registry_statistics)
    record("get_service_statistics", manager.get_service_statistics)
    modules(manager, sas)
    record("delete with a stale etag", manager.delete_device, sas, created.etag)
    for each in (sas, x509, ca):
        record(f"delete_device {each.removeprefix(device_id)}", manager.delete_device, each)
    record("get what is missing", manager.get_device, sas)
    record("delete what is missing", manager.delete_device, sas)


def modules(manager, device_id):
    created = record(
        "create_module_with_sas", manager.create_module_with_sas, device_id, "sas", "me", KEY_A, KEY_B
    )
    record("create a module again", manager.create_module_with_sas, device_id, "sas", "me", KEY_A, KEY_B)
    record("create a module of nothing", manager.create_module_with_sas, f"{device_id}-no", "m", "me", KEY_A, KEY_B)
    record(
        "create_module_with_x509", manager.create_module_with_x509, device_id, "x509", "me", THUMBPRINT_A, None
    )
    record(
        "create_module_with_certificate_authority",
        manager.create_module_with_certificate_authority,
        device_id,
        "ca",
        "me",
    )
    record("get_module", manager.get_module, device_id, "sas")
    record(
        "update_module_with_sas", manager.update_module_with_sas, device_id, "sas", "you", created.etag, KEY_B, KEY_A
    )
    record(
        "update a module with a stale etag",
        manager.update_module_with_sas,
        device_id,
        "sas",
        "me",
        created.etag,
        KEY_B,
        KEY_A,
    )
    record(
        "update_module_with_x509",
        manager.update_module_with_x509,
        device_id,
        "x509",
        "you",
        None,
        THUMBPRINT_A,
        THUMBPRINT_B,
    )
    record(
        "update_module_with_certificate_authority",
        manager.update_module_with_certificate_authority,
        device_id,
        "ca",
        "you",
        None,
    )
    record("get_modules", manager.get_modules, device_id)
    record("delete_module", manager.delete_module, device_id, "ca")
    record("get a module that is missing", manager.get_module, device_id, "ca")


def bulk(manager, device_id):
    one, other = (f"{device_id}-bulk{number}" for number in (1, 2))
    keys = AuthenticationMechanism(
        type="sas", symmetric_key=SymmetricKey(primary_key=KEY_A, secondary_key=KEY_B)
    )

    def rows(import_mode, *ids):
        return [
            ExportImportDevice(id=each, import_mode=import_mode, status="enabled", authentication=keys)
            for each in ids
        ]

    send = manager.bulk_create_or_update_devices
    record("bulk create", send, rows("create", one))
    record("bulk with a failure", send, rows("create", one, other))
    record("bulk update", send, rows("update", one, other))
    record("bulk with an id twice", send, rows("update", one, one))
    record("bulk with too many", send, rows("create", *(f"{one}-{number}" for number in range(101))))
    record("bulk delete", send, rows("delete", one, other))


def main(connection_string, device_id):
    manager = IoTHubRegistryManager.from_connection_string(connection_string)
    devices(manager, device_id)
    bulk(manager, device_id)
    json.dump(outcomes, sys.stdout)


# The hub's own authority, as the SDK's HTTP library takes it; with a public certificate not needed.
os.environ["REQUESTS_CA_BUNDLE"] = os.environ["IOTHUB_CA_FILE"]
main(sys.argv[1], sys.argv[2])
