-- Hubs to which something was sent, with what their owners have chosen.
create table hubs (
  hub_generation bigint primary key,
  feedback_ttl_seconds int not null,
  feedback_lock_seconds int not null,
  feedback_max_delivery_count int not null,
  purge_on_new_subscription boolean not null
);

-- One for each identity to which something was sent; one that is made again has another.
create table queues (
  queue_id bigint generated always as identity primary key,
  hub_generation bigint not null references hubs on delete cascade,
  hub text not null,
  device_id text collate "C" not null,
  -- Empty for a device.
  module_id text collate "C" not null,
  generation_id bigint not null,
  unique (hub_generation, device_id, module_id, generation_id)
);

-- No index has a column that a lock changes: a row is locked, and given back, in its page.
create table messages (
  sequence_number bigint generated always as identity primary key,
  queue_id bigint not null references queues on delete cascade,
  message_id text not null,
  ack text not null,
  enqueued_time timestamptz not null default now(),
  expiry_time timestamptz not null,
  delivery_count int not null default 0,
  max_delivery_count int not null,
  -- Stays when the lock's time is over, until somebody else has the message.
  lock_token uuid,
  locked_until timestamptz,
  -- Of the receiver that has it, where it is a connection.
  connection_sequence text collate "C",
  content bytea not null
) with (fillfactor = 70);

create index messages_by_queue on messages (queue_id, sequence_number);
create index messages_by_expiry on messages (expiry_time);

create table feedback_batches (
  batch_id bigint generated always as identity primary key,
  hub_generation bigint not null,
  enqueued_time timestamptz not null default now(),
  expiry_time timestamptz not null,
  delivery_count int not null default 0,
  lock_token uuid,
  locked_until timestamptz
);

create index feedback_batches_by_hub on feedback_batches (hub_generation, batch_id);
create index feedback_batches_by_expiry on feedback_batches (expiry_time);

-- How messages ended whose senders asked to hear of it; each written in the statement that ends its message.
create table feedback_records (
  record_id bigint generated always as identity primary key,
  hub_generation bigint not null,
  device_id text collate "C" not null,
  module_id text collate "C" not null,
  generation_id bigint not null,
  message_id text not null,
  status text not null,
  ended_time timestamptz not null default now(),
  expiry_time timestamptz not null,
  -- Null while it waits for a batch.
  batch_id bigint references feedback_batches on delete cascade
);

create index feedback_records_that_wait on feedback_records (hub_generation, record_id) where batch_id is null;
create index feedback_records_by_batch on feedback_records (batch_id) where batch_id is not null;
create index feedback_records_by_expiry on feedback_records (expiry_time) where batch_id is null;
create index feedback_records_by_identity on feedback_records (hub_generation, device_id);

-- What is still sent to them is refused.
create table deleted_hubs (
  hub_generation bigint primary key,
  deleted_time timestamptz not null
);
