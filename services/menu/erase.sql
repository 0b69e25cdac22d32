-- What menu knows of a person: $1 the chats (uuid[]).
DELETE FROM dialogues WHERE chat_id = ANY($1::uuid[]);
