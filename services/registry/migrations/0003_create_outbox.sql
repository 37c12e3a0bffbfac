-- Events that wait for the relay to Kafka, each written in the transaction of its change.
create table outbox (
  id bigint generated always as identity primary key,
  topic text not null,
  key bytea not null,
  value bytea not null
);
