-- The kind of the proxy that all calls of the account go through; NULL: none. The proxy itself is in the keyring. It is
-- known here that there is one, so that an account whose entry was lost calls nobody rather than directly.
ALTER TABLE accounts ADD COLUMN proxy TEXT;
