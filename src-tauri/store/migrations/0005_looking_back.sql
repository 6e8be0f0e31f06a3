-- What came of a delivery last, and what was seen otherwise than asked for: asked whenever somebody looks back.
CREATE INDEX journal_by_delivery ON journal (delivery, id) WHERE delivery IS NOT NULL;
CREATE INDEX journal_differing ON journal (delivery) WHERE event = 'visibility_differs';
