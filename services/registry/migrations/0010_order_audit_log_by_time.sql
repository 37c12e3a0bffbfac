-- A list may be of some time only: without the time in the index it would read all that is newer first.
create index audit_log_hub_time
  on audit_log (lower(subscription_id), lower(resource_group), lower(hub), time, id);
create index audit_log_subscription_time on audit_log (lower(subscription_id), time, id);
drop index audit_log_hub;
drop index audit_log_subscription;
