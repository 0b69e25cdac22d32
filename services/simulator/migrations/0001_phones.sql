CREATE TABLE phones (
  id INTEGER PRIMARY KEY,
  wa_id TEXT NOT NULL UNIQUE,
  user_id TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  username TEXT,
  hidden INTEGER NOT NULL DEFAULT 0,
  last_n INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE messages (
  phone INTEGER NOT NULL REFERENCES phones,
  n INTEGER NOT NULL,
  direction TEXT NOT NULL,
  discom TEXT NOT NULL,
  wamid TEXT NOT NULL UNIQUE,
  type TEXT NOT NULL,
  text TEXT NOT NULL,
  choices TEXT NOT NULL,
  at REAL NOT NULL,
  status TEXT NOT NULL,
  payload TEXT NOT NULL,
  key TEXT UNIQUE, -- of the page, so that repeating a request writes no second message
  cleared INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (phone, n)
) STRICT;

-- a phone and a discom that have met
CREATE TABLE chats (
  phone INTEGER NOT NULL REFERENCES phones,
  discom TEXT NOT NULL,
  wrote_at REAL, -- the person, last: opens the 24-hour window
  PRIMARY KEY (phone, discom)
) STRICT, WITHOUT ROWID;

CREATE TABLE webhooks (
  id INTEGER PRIMARY KEY,
  discom TEXT NOT NULL,
  lane TEXT NOT NULL,
  wamid TEXT NOT NULL,
  status TEXT NOT NULL,
  body BLOB NOT NULL,
  born REAL NOT NULL,
  due REAL NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE media (
  id TEXT PRIMARY KEY,
  mime_type TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  content BLOB NOT NULL
) STRICT;
