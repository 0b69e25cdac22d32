-- How long a table that is partitioned by day is kept stands on the table. WhatsApp repeats for 7 days: a day older
-- than 9 holds nothing that could come again.
COMMENT ON TABLE inbox IS 'keep 9 days';
