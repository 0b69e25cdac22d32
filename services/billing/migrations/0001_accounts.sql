-- The first billing backend: the discom's own accounts, filled by import.
CREATE TABLE accounts (
    account_id text PRIMARY KEY,
    name text NOT NULL,
    mobile text,
    area text NOT NULL CHECK (area IN ('urban', 'rural')),
    meter text NOT NULL CHECK (meter IN ('prepaid', 'postpaid', 'plain')),
    bill_month date,
    due_on date,
    amount_paise bigint,
    arrears_paise bigint NOT NULL DEFAULT 0,
    last_payment_paise bigint,
    last_payment_on date,
    basis text,
    balance_paise bigint,
    balance_at timestamptz,
    disconnected_on date,
    imported_at timestamptz NOT NULL DEFAULT now()
);

-- Files being imported, so that an interrupted import goes on where it was.
CREATE TABLE imports (
    sha256 text PRIMARY KEY,
    lines_done int NOT NULL,
    finished_at timestamptz
);

-- The account a chat is linked to.
CREATE TABLE links (
    chat_id uuid PRIMARY KEY,
    account_id text NOT NULL,
    linked_at timestamptz NOT NULL
);

-- Accounts that a chat looked at which is not their registered mobile: at most 5 different ones a day (IST).
CREATE TABLE lookups (
    chat_id uuid NOT NULL,
    day date NOT NULL,
    account_id text NOT NULL,
    PRIMARY KEY (chat_id, day, account_id)
);

-- Where billing's dialogue with a chat stands. Counts only while billing holds the floor.
CREATE TABLE dialogues (
    chat_id uuid PRIMARY KEY,
    step text NOT NULL,
    errand text,
    asked_at timestamptz NOT NULL
);

-- Messages that are not answered yet, whole: written with the message, deleted with the answer, which needs the
-- billing system in between, outside any transaction. A message that waits behind one of its own chat has no account.
CREATE TABLE asks (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    chat_id uuid NOT NULL,
    what text CHECK (what IN ('link', 'bill', 'balance')),
    account_id text CHECK ((account_id IS NULL) = (what IS NULL)),
    errand text,
    headers jsonb NOT NULL,
    value bytea NOT NULL,
    source_topic text NOT NULL,
    source_partition int NOT NULL,
    source_offset bigint NOT NULL,
    asked_at timestamptz NOT NULL DEFAULT clock_timestamp()
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000); -- rows live for milliseconds
CREATE INDEX asks_of_chat ON asks (chat_id);
