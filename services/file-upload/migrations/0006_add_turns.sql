-- When a hub had its last turn: of those that wait, who had none for the longest time is next.
create index jobs_turns on jobs (hub_generation, ended_time) where begun_time is not null;
