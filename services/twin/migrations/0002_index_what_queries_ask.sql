-- Equality with a member of tags or properties, at any depth, in one hub (docs/benchmarks.md, "Queries"). The hub's
-- generation leads in the index, so that another hub's twins cost nothing; it takes an extension to stand there.
-- Extensions are the database's: several schemas may be made at once, and whoever removes one of them takes nothing
-- that others need.
select pg_advisory_xact_lock(hashtext('linchpin btree_gin'));
create extension if not exists btree_gin with schema public;

create index twins_by_content on twins
  using gin (hub_generation, tags jsonb_path_ops, desired jsonb_path_ops);

create index reported_properties_by_content on reported_properties
  using gin (hub_generation, reported jsonb_path_ops);

-- A hub has few modules beside its devices.
create index identities_of_modules on identities (hub_generation, device_id, module_id)
  where module_id <> '';
