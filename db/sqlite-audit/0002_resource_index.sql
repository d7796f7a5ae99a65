-- The log's index on resources, by blocks of records: the reads of a busy portal are of many resources, and in an index ordered by the resource alone
-- each record changed a page of its own, which then had to be written to the log and to the file. Here new records lie together. An ARN's last
-- characters are random, so they tell resources apart as well as the whole does. A search goes through the blocks, newest first.
DROP INDEX ix_audit_record_resource;
CREATE INDEX ix_audit_record_resource ON audit_record (sequence / 4096, substr(resource, -6));
