-- Where menu's own dialogue with a chat stands. Counts only while menu holds the floor.
CREATE TABLE dialogues (
    chat_id uuid PRIMARY KEY,
    step text NOT NULL,
    turn int NOT NULL
);
