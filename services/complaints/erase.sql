-- What complaints knows of a person: $1 the chats (uuid[]). That a complaint was made, of what kind, and whether it was
-- solved in time is to be accounted for, and stays without the person (docs/privacy.md).
DELETE FROM dialogues WHERE chat_id = ANY($1::uuid[]);
DELETE FROM drafts WHERE chat_id = ANY($1::uuid[]);
DELETE FROM notices WHERE number IN (SELECT number FROM complaints WHERE chat_id = ANY($1::uuid[]));
UPDATE history SET text = '' WHERE number IN (SELECT number FROM complaints WHERE chat_id = ANY($1::uuid[]));
UPDATE complaints SET phone = NULL, account_id = NULL, account_linked = false, place = NULL, latitude = NULL,
    longitude = NULL, description = '', photos = '{}', remark = NULL, next_at = NULL,
    chat_id = gen_random_uuid()
WHERE chat_id = ANY($1::uuid[]);
