-- Which secrets name a function, by one index. The text itself is too long for an index of SQL Server's; the ARNs that are asked for are shorter than
-- this part of it, and equal it or do not.
ALTER TABLE rotation_schedule ADD COLUMN function_lead TEXT GENERATED ALWAYS AS (substr(function_arn, 1, 800)) VIRTUAL;
CREATE INDEX ix_rotation_schedule_function ON rotation_schedule (function_lead) WHERE function_lead IS NOT NULL;
