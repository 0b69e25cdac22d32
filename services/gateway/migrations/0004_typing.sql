-- WhatsApp's id of the person's last message: a read receipt with `typing…` names it. It holds the phone number.
ALTER TABLE chats ADD COLUMN last_wamid text;
