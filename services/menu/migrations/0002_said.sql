-- What menu said last and how often in a row, so that it does not say the same for ever; what may be picked by number.
ALTER TABLE dialogues
    ALTER COLUMN step DROP NOT NULL,
    ADD COLUMN said text NOT NULL DEFAULT '',
    ADD COLUMN at timestamptz NOT NULL DEFAULT now(),
    ADD COLUMN heard bigint NOT NULL DEFAULT 0,
    ADD COLUMN times smallint NOT NULL DEFAULT 1,
    ADD COLUMN offered text[] NOT NULL DEFAULT '{}';
