-- What the sender must remember beyond a restart, and a ledger whose old days leave as partitions.

-- What is held until a person, or WhatsApp itself, says that it may go on. No row, no hold.
CREATE TABLE holds (
    scope text NOT NULL CHECK (scope IN ('number', 'template', 'waba')),
    -- a template's name/language; empty for the others
    name text NOT NULL DEFAULT '',
    reason text NOT NULL,
    since timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (scope, name)
);

-- The rate WhatsApp has told us of, where it is more than the discom's file says. At most one row.
CREATE TABLE throughput (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    messages_per_second int NOT NULL,
    learned_at timestamptz NOT NULL DEFAULT now()
);

-- Messages that came in, by second; WhatsApp counts them, too. Slots are used again after 8 s, connections do not wait
-- for one another, and a crash may empty it: nobody asks for more than the last second.
CREATE UNLOGGED TABLE inbound (
    slot int NOT NULL,
    part int NOT NULL,
    second bigint NOT NULL,
    messages int NOT NULL,
    PRIMARY KEY (slot, part)
) WITH (fillfactor = 50);

-- WhatsApp says that this person cannot be reached; until the person writes again there are no notices.
ALTER TABLE chats ADD COLUMN unreachable_at timestamptz;

CREATE TEMP TABLE kept ON COMMIT DROP AS TABLE sends;
DROP TABLE sends;
CREATE SEQUENCE sends_n;
CREATE TABLE sends (
    n bigint NOT NULL DEFAULT nextval('sends_n'),
    -- of the root message's WhatsApp time; the callback carries it, so every look-up knows its partition
    day date NOT NULL,
    reply_id uuid NOT NULL,
    chat_id uuid NOT NULL,
    notice boolean NOT NULL,
    -- what is to be sent; emptied once that has an end, but for lists of several pages
    reply jsonb,
    state send_state NOT NULL,
    attempts int NOT NULL DEFAULT 0,
    repeats int NOT NULL DEFAULT 0,
    -- how often it was queued again after WhatsApp had taken it and then failed, or put it off for a day
    requeues int NOT NULL DEFAULT 0,
    not_before timestamptz,
    unknown_until timestamptz,
    -- the held template it waits for
    held_by text,
    wamid text,
    -- ids under which WhatsApp took it and then failed: what else is said of them does not count
    refused text[] NOT NULL DEFAULT '{}',
    error_code int,
    queued_at timestamptz NOT NULL DEFAULT now(),
    settled_at timestamptz,
    PRIMARY KEY (reply_id, day)
) PARTITION BY RANGE (day);
COMMENT ON TABLE sends IS 'keep 35 days';
ALTER SEQUENCE sends_n OWNED BY sends.n;
CREATE TABLE sends_other PARTITION OF sends DEFAULT;
CREATE INDEX sends_due ON sends (n) WHERE state IN ('queued', 'sending');
CREATE INDEX sends_wamid ON sends (wamid) WHERE wamid IS NOT NULL;
CREATE INDEX sends_chat ON sends (chat_id, n);
INSERT INTO sends (n, day, reply_id, chat_id, notice, reply, state, attempts, repeats, not_before, unknown_until,
                   wamid, error_code, queued_at, settled_at)
SELECT n, day, reply_id, chat_id, notice, reply, state, attempts, repeats, not_before, unknown_until,
       wamid, error_code, queued_at, settled_at FROM kept;
SELECT setval('sends_n', coalesce((SELECT max(n) FROM sends), 0) + 1, false);
