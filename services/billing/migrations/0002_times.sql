-- How often in a row the account ID was asked for, so that it is not asked for ever.
ALTER TABLE dialogues ADD COLUMN times int NOT NULL DEFAULT 1;
