-- One person on one number. Phone and user id are both optional and both unique.
CREATE TABLE chats (
    chat_id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    phone text UNIQUE,
    user_id text UNIQUE,
    name text,
    turn int NOT NULL DEFAULT 0,
    last_message_at timestamptz,
    -- the context: each field with the turn that set it, so that an older turn cannot undo a newer one
    language text,
    language_turn int NOT NULL DEFAULT 0,
    account jsonb,
    account_turn int NOT NULL DEFAULT 0,
    area text,
    area_turn int NOT NULL DEFAULT 0,
    floor jsonb,
    floor_turn int NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now(),
    CHECK (phone IS NOT NULL OR user_id IS NOT NULL)
);

CREATE TYPE send_state AS ENUM ('queued', 'sending', 'sent', 'delivered', 'read', 'failed');

-- The ledger: what became of every bubble.
CREATE TABLE sends (
    n bigint GENERATED ALWAYS AS IDENTITY,
    day date NOT NULL,
    reply_id uuid NOT NULL,
    chat_id uuid NOT NULL,
    notice boolean NOT NULL,
    reply jsonb,
    state send_state NOT NULL,
    attempts int NOT NULL DEFAULT 0,
    repeats int NOT NULL DEFAULT 0,
    not_before timestamptz,
    unknown_until timestamptz,
    wamid text,
    error_code int,
    queued_at timestamptz NOT NULL DEFAULT now(),
    settled_at timestamptz,
    PRIMARY KEY (day, reply_id)
);
CREATE INDEX sends_due ON sends (n) WHERE state IN ('queued', 'sending');
CREATE INDEX sends_wamid ON sends (wamid) WHERE wamid IS NOT NULL;
CREATE INDEX sends_chat ON sends (chat_id, n);
