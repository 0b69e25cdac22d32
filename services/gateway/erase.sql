-- What the gateway knows of a person: $1 the chats (uuid[]), $2 the phone. The ledger's rows go, too: without the chat
-- they say nothing that anybody may need.
DELETE FROM sends WHERE chat_id = ANY($1::uuid[]);
DELETE FROM chats WHERE alias_of = ANY($1::uuid[]);
DELETE FROM chats WHERE chat_id = ANY($1::uuid[]);
