ALTER TABLE chats ADD COLUMN blocked INTEGER NOT NULL DEFAULT 0;
-- the pair limit: every send takes 6 seconds from here on
ALTER TABLE chats ADD COLUMN paid_until REAL NOT NULL DEFAULT 0;

ALTER TABLE webhooks ADD COLUMN posted INTEGER NOT NULL DEFAULT 1; -- 0: it happens, and nobody is told
ALTER TABLE webhooks ADD COLUMN settled INTEGER NOT NULL DEFAULT 0;

CREATE TABLE faults (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL,
  discom TEXT,
  phone TEXT,
  rate REAL NOT NULL,
  seed INTEGER NOT NULL,
  remaining INTEGER,
  details TEXT NOT NULL,
  drawn INTEGER NOT NULL DEFAULT 0,
  struck INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE templates (
  id INTEGER PRIMARY KEY,
  discom TEXT NOT NULL,
  name TEXT NOT NULL,
  language TEXT NOT NULL,
  category TEXT NOT NULL,
  status TEXT NOT NULL,
  body TEXT, -- NULL where it is known from a send only
  buttons TEXT NOT NULL,
  UNIQUE (discom, name, language)
) STRICT;
