-- Of the connection's call by which a message was locked or given back; a later one has a greater number.
alter table messages add column call_number bigint;
