-- Whom nobody calls before a moment: an account, by its id, or a server, by its address. A server that refuses must
-- not be called sooner because the program was started again.
CREATE TABLE waits (
    who TEXT NOT NULL PRIMARY KEY,
    until INTEGER NOT NULL,
    why TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Rows from before the clock was last confirmed say nothing about it any more.
CREATE INDEX journal_confirmed ON journal (id) WHERE event = 'clock_confirmed';

-- What was rejected was not taken: its key's life never began, and its words may be written anew.
UPDATE deliveries SET frozen_first_try = NULL WHERE state = 'rejected';
