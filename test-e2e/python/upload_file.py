"""A device of the unmodified Python SDK that uploads a file, and sends a message over a WebSocket before."""

import os
import sys

from azure.iot.device import IoTHubDeviceClient, Message
from azure.storage.blob import BlobClient


def main(connection_string: str) -> None:
    authority_file = os.environ["IOTHUB_CA_FILE"]
    with open(authority_file, encoding="utf-8") as file:
        authority = file.read()
    client = IoTHubDeviceClient.create_from_connection_string(
        connection_string, server_verification_cert=authority, websockets=True
    )
    client.connect()
    client.send_message(Message("over a WebSocket"))
    info = client.get_storage_info_for_blob("from/python.txt")
    url = "https://{hostName}/{containerName}/{blobName}{sasToken}".format(**info)
    with BlobClient.from_blob_url(url, connection_verify=authority_file) as blob:
        blob.upload_blob(b"hello from Python", overwrite=True)
    client.notify_blob_upload_status(info["correlationId"], True, 201, "Created")
    client.shutdown()


main(sys.argv[1])
