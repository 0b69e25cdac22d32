-- How often in a row the same question was asked, so that it is not asked for ever.
ALTER TABLE dialogues ADD COLUMN times smallint NOT NULL DEFAULT 1;
