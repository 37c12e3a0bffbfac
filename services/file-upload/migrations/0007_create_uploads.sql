-- Files that devices upload (device-https.md section 6): one row for each grant.
create table uploads (
  correlation_id text collate "C" primary key,
  hub text not null,
  hub_generation text collate "C" not null,
  device_id text collate "C" not null,
  -- Of the identity: one that is made again has another.
  generation_id text collate "C" not null,
  blob_name text not null,
  -- Without its signature: where the blob is looked for when the upload is completed.
  blob_uri text not null,
  started_time timestamptz not null default now(),
  grant_expiry_time timestamptz not null,
  ended_time timestamptz,
  outcome text check (outcome in ('succeeded', 'failed', 'expired')),
  check ((ended_time is null) = (outcome is null))
);

create index uploads_of_device on uploads (hub_generation, device_id, generation_id, started_time);
create index uploads_open on uploads (grant_expiry_time) where ended_time is null;
create index uploads_by_expiry on uploads (grant_expiry_time);

-- What back ends have not been told yet (amqp.md section 8.3), each under the settings of when it was enqueued.
-- No index has a column that a lock changes: a row is locked, and given back, in its page.
create table file_notifications (
  sequence_number bigint generated always as identity primary key,
  hub text not null,
  hub_generation text collate "C" not null,
  device_id text not null,
  blob_uri text not null,
  blob_name text not null,
  blob_size_bytes bigint not null,
  last_updated_time timestamptz not null,
  enqueued_time timestamptz not null default now(),
  expiry_time timestamptz not null,
  lock_seconds int not null,
  delivery_count int not null default 0,
  max_delivery_count int not null,
  lock_token bytea,
  locked_until timestamptz
) with (fillfactor = 70);

create index file_notifications_of_hub on file_notifications (hub_generation, sequence_number);
create index file_notifications_by_expiry on file_notifications (expiry_time);
