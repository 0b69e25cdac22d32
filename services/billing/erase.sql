-- What billing knows of a person: $1 the chats (uuid[]). The account itself is the discom's, and stays (docs/privacy.md).
DELETE FROM asks WHERE chat_id = ANY($1::uuid[]);
DELETE FROM dialogues WHERE chat_id = ANY($1::uuid[]);
DELETE FROM lookups WHERE chat_id = ANY($1::uuid[]);
DELETE FROM links WHERE chat_id = ANY($1::uuid[]);
