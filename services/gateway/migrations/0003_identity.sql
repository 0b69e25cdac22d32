-- Two chats of one person: the older one is an alias. Somebody else has the number now: the chat has left, and nobody
-- who writes from that number sees anything of it. Both have no identity of their own any more.
ALTER TABLE chats
    ADD COLUMN alias_of uuid REFERENCES chats,
    ADD COLUMN left_at timestamptz,
    ADD COLUMN identity text,
    ADD COLUMN stopped boolean NOT NULL DEFAULT false,
    ADD COLUMN stopped_turn int NOT NULL DEFAULT 0,
    DROP CONSTRAINT chats_check,
    ADD CONSTRAINT chats_known CHECK (num_nonnulls(phone, user_id, alias_of, left_at) > 0);
CREATE INDEX chats_aliases ON chats (alias_of) WHERE alias_of IS NOT NULL;
