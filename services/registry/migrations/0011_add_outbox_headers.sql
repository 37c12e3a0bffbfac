-- Of the record that a row becomes: pairs of name and value.
alter table outbox add column headers jsonb not null default '[]';
