-- Complaints. Personal data: phone, account_id, place, latitude, longitude, description, photos; history.text.
CREATE TABLE complaints (
    number text PRIMARY KEY,
    -- minted when the confirmation was asked for: never two complaints for one confirmation
    key uuid NOT NULL UNIQUE,
    chat_id uuid NOT NULL,
    turn int NOT NULL,
    heard_at timestamptz NOT NULL,
    -- of the inbound topic its chat writes on: whoever owns that one publishes and escalates
    partition int NOT NULL,
    language text NOT NULL CHECK (language IN ('hi', 'en')),
    phone text,
    category text NOT NULL,
    subtype text NOT NULL,
    area text NOT NULL CHECK (area IN ('urban', 'rural')),
    account_id text,
    account_linked boolean NOT NULL,
    place text,
    latitude double precision,
    longitude double precision,
    description text NOT NULL,
    photos text[] NOT NULL,
    danger boolean NOT NULL,
    hours int NOT NULL,
    provisional boolean NOT NULL,
    registered_at timestamptz NOT NULL,
    due_at timestamptz NOT NULL,
    next_at timestamptz,
    priority smallint NOT NULL,
    status text NOT NULL CHECK (status IN ('open', 'in-progress', 'resolved', 'closed', 'reopened')),
    level text NOT NULL CHECK (level IN ('JE', 'SDO', 'XEN', 'CGRF')),
    resolved_at timestamptz,
    unconfirmed boolean NOT NULL,
    remark text,
    version int NOT NULL
);
CREATE INDEX complaints_of_chat ON complaints (chat_id, registered_at DESC);
CREATE INDEX complaints_for_clock ON complaints (partition, next_at) WHERE next_at IS NOT NULL;

-- What happened to a complaint. The id is that of the action, so an action that comes twice is one line.
CREATE TABLE history (
    id uuid PRIMARY KEY,
    number text NOT NULL REFERENCES complaints,
    at timestamptz NOT NULL,
    kind text NOT NULL,
    by_whom text NOT NULL,
    text text NOT NULL,
    status text NOT NULL
);
CREATE INDEX history_of_complaint ON history (number, at);

-- The next serial of each day (IST). Taken under the row's lock, so numbers have no gaps and never repeat.
CREATE TABLE serials (
    day date PRIMARY KEY,
    next int NOT NULL
);

-- Where complaints' dialogue with a chat stands. Counts only while complaints holds the floor.
CREATE TABLE dialogues (
    chat_id uuid PRIMARY KEY,
    step text NOT NULL,
    key uuid,
    numbers text[] NOT NULL,
    since timestamptz NOT NULL
);

-- Complaints that are being told. A confirmation's button carries the key, so it works for as long as this is kept.
CREATE TABLE drafts (
    key uuid PRIMARY KEY,
    chat_id uuid NOT NULL,
    draft jsonb NOT NULL,
    at timestamptz NOT NULL
);
CREATE INDEX drafts_of_chat ON drafts (chat_id);
CREATE INDEX drafts_by_age ON drafts (at);

-- Notices that are to be sent, now or in the morning.
CREATE TABLE notices (
    id uuid PRIMARY KEY,
    number text NOT NULL REFERENCES complaints,
    partition int NOT NULL,
    kind text NOT NULL,
    text text NOT NULL,
    due_at timestamptz NOT NULL
);
CREATE INDEX notices_by_time ON notices (partition, due_at);

-- The officers' lists, each read along one of these from where the last page ended. Priority 0 is danger.
CREATE INDEX complaints_to_do ON complaints (priority, due_at, number) WHERE status IN ('open', 'in-progress', 'reopened');
CREATE INDEX complaints_to_do_by_category ON complaints (category, priority, due_at, number)
    WHERE status IN ('open', 'in-progress', 'reopened');
CREATE INDEX complaints_to_do_by_status ON complaints (status, priority, due_at, number)
    WHERE status IN ('open', 'in-progress', 'reopened');
CREATE INDEX complaints_by_due ON complaints (due_at, number) WHERE status IN ('open', 'in-progress', 'reopened');
CREATE INDEX complaints_resolved ON complaints (resolved_at, number) WHERE status = 'resolved';
CREATE INDEX complaints_closed ON complaints (registered_at DESC, number DESC) WHERE status = 'closed';
