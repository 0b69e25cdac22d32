-- The delivery loop's own tables, the same in every database.

-- Which events had their effect already. The day is that of the root message's WhatsApp time, which a redelivery
-- repeats, so a repeat from a week ago still meets its first copy. Days are partitions; old ones are dropped.
CREATE TABLE inbox (
    day date NOT NULL,
    event_id uuid NOT NULL,
    PRIMARY KEY (day, event_id)
) PARTITION BY RANGE (day);
CREATE TABLE inbox_other PARTITION OF inbox DEFAULT;

-- Events decided but not yet known to be in Kafka, in the order of their ids.
CREATE TABLE outbox (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    topic text NOT NULL,
    key text NOT NULL,
    value bytea NOT NULL,
    headers jsonb NOT NULL,
    source_topic text NOT NULL,
    source_partition int NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Who may write for a partition: raised at every assignment, so a process that slept through one is fenced off.
CREATE TABLE owner (
    topic text NOT NULL,
    partition int NOT NULL,
    epoch bigint NOT NULL,
    PRIMARY KEY (topic, partition)
);

-- Records that could not be handled, whole, for people: `make parked`, `make replay ID=…`.
CREATE TABLE parked (
    id uuid PRIMARY KEY,
    topic text NOT NULL,
    partition int NOT NULL,
    "offset" bigint NOT NULL,
    key bytea,
    headers jsonb NOT NULL,
    value bytea,
    root_day date,
    error text NOT NULL,
    parked_at timestamptz NOT NULL DEFAULT now(),
    replayed_at timestamptz
);
