-- Which secrets name a function, by one index. The text itself is too long for an index here; the ARNs that are asked for are shorter than this part of
-- it, and equal it or do not.
ALTER TABLE rotation_schedule ADD function_lead AS CAST(function_arn AS NVARCHAR(800));
CREATE INDEX ix_rotation_schedule_function ON rotation_schedule (function_lead);
