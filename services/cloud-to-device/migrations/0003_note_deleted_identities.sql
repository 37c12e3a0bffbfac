-- What is sent to them is refused, until nobody can have looked for them before they were deleted.
create table deleted_identities (
  hub_generation bigint not null,
  device_id text collate "C" not null,
  generation_id bigint not null,
  deleted_time timestamptz not null default now(),
  primary key (hub_generation, device_id, generation_id)
);

create index deleted_identities_by_time on deleted_identities (deleted_time);
