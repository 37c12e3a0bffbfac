"""Reads one device's events with the unmodified azure-eventhub, and tells what it found as JSON."""

import json
import os
import sys
import threading

from azure.eventhub import EventHubConsumerClient
from azure.eventhub.exceptions import EventHubError

connection_string, device_id, group = sys.argv[1], sys.argv[2], sys.argv[4]
count = int(sys.argv[3])
DEVICE = b"iothub-connection-device-id"


def consumer(text=connection_string):
    return EventHubConsumerClient.from_connection_string(
        text, group, connection_verify=os.environ["IOTHUB_CA_FILE"], retry_total=0
    )


def is_of_device(event):
    return event.system_properties.get(DEVICE) == device_id.encode()


def read():
    found, last = [], {}
    done = threading.Event()
    client = consumer()

    def on_event(context, event):
        if event is None or not is_of_device(event):
            return
        found.append(
            {
                "partition": context.partition_id,
                "body": event.body_as_json(),
                "message_id": event.message_id,
                "content_type": event.content_type,
                "properties": {
                    key.decode(): value.decode() for key, value in event.properties.items()
                },
                "is_numbered": event.offset == str(event.sequence_number),
                "annotations": sorted(key.decode() for key in event.system_properties),
            }
        )
        last.update(context.last_enqueued_event_properties or {})
        if len(found) >= count:
            done.set()

    thread = threading.Thread(
        target=client.receive,
        kwargs={
            "on_event": on_event,
            "on_error": lambda context, error: print(error, file=sys.stderr),
            "starting_position": "-1",
            "track_last_enqueued_event_properties": True,
            "max_wait_time": 1,
        },
    )
    thread.start()
    done.wait(60)
    client.close()
    thread.join()
    return found, sorted(last)


def stolen(partition):
    """What a reader hears whose partition is taken by one of a higher level."""
    heard = {}
    first, second = consumer(), consumer()
    begun, ended = threading.Event(), threading.Event()

    def on_error(context, error):
        heard["error"] = str(error)
        ended.set()

    def start(client, level, **handlers):
        thread = threading.Thread(
            target=client.receive,
            kwargs={
                "partition_id": partition,
                "owner_level": level,
                "starting_position": "-1",
                "max_wait_time": 1,
                **handlers,
            },
        )
        thread.start()
        return thread

    threads = [start(first, 1, on_event=lambda context, event: begun.set(), on_error=on_error)]
    begun.wait(30)
    threads.append(start(second, 2, on_event=lambda context, event: None))
    ended.wait(30)
    first.close()
    second.close()
    for thread in threads:
        thread.join()
    return heard.get("error")


def failure(client):
    try:
        with client:
            client.get_eventhub_properties()
    except EventHubError as error:
        return str(error)
    return None


def main():
    with consumer() as client:
        hub = client.get_eventhub_properties()
        events, last = read()
        partition = client.get_partition_properties(events[0]["partition"])
    another = connection_string[: connection_string.rindex("=") + 1] + "another"
    print(
        json.dumps(
            {
                "hub": {"name": hub["eventhub_name"], "partitions": hub["partition_ids"]},
                "partition": {key: str(value) for key, value in partition.items()},
                "events": events,
                "last": last,
                "stolen": stolen(events[0]["partition"]),
                "another": failure(consumer(another)),
            }
        )
    )


main()
