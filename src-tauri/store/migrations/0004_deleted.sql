-- What of a delivery a person took down again at its network. Beside the state, which stays what it was.
ALTER TABLE deliveries ADD COLUMN deleted_at INTEGER;
ALTER TABLE deliveries ADD COLUMN deleted_ids TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(deleted_ids));
