-- The master keys that identities are sealed under, for the look at the start that all of them are there
-- (check-master-keys.ts). The expression is that of masterKeyIdOf.
create index identities_master_keys
  on identities (substring(primary_key from 1 for 1 + get_byte(primary_key, 0)))
  where primary_key is not null;
