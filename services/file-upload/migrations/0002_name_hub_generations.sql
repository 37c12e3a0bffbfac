-- One name with the registry and the metadata of calls: which of all hubs that ever bore a name.
alter table jobs rename column hub_instance to hub_generation;
