-- `cloudToDevice` of what a hub keeps, once more and not sealed, since nothing of it is secret: it is asked for
-- each command that is sent. Absent until a hub is changed or made: kept_properties has it then.
alter table hubs add column cloud_to_device jsonb;
