-- Cuts the two tables that grow longest, event and message, by month. With all nodes stopped and a backup made:
--
--   psql -X -v ON_ERROR_STOP=1 -1 -f partition.sql "$ADDRESS"
--
-- It copies both tables in one transaction, so it takes as long as that and needs the room once more. Afterwards, once a month:
-- SELECT xinqiao_months('event', now(), 12), xinqiao_months('message', now(), 12); what no month was made for goes to event_rest
-- and message_rest, and no month can be made any more for what is there. See scale.md.

DO $$ BEGIN
	IF EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND classid = 1481703426 AND granted
		AND database = (SELECT oid FROM pg_database WHERE datname = current_database())) THEN
		RAISE EXCEPTION 'a node is running: stop all of them first';
	END IF;
	IF (SELECT string_agg(indexname, ' ' ORDER BY indexname) FROM pg_indexes WHERE schemaname = current_schema()
		AND tablename IN ('event', 'message')) <> 'event_pkey event_ticket message_conversation message_pkey message_ticket' THEN
		RAISE EXCEPTION 'these tables have other indexes than this file knows: use the one that came with your version';
	END IF;
	IF EXISTS (SELECT FROM pg_partitioned_table WHERE partrelid = 'message'::regclass) THEN
		RAISE EXCEPTION 'the tables are cut already';
	END IF;
END $$;

-- The smallest id that can have been given at that time.
CREATE FUNCTION xinqiao_id(at timestamptz) RETURNS bigint LANGUAGE sql IMMUTABLE AS
	$$ SELECT (extract(epoch FROM at) * 1000 - 1704067200000)::bigint << 22 $$;

-- Makes what is missing of the months from `since` to `ahead` months from now.
CREATE FUNCTION xinqiao_months(name text, since timestamptz, ahead integer) RETURNS void LANGUAGE plpgsql SET timezone = 'UTC' AS $$
DECLARE
	month timestamptz;
	part text;
BEGIN
	FOR month IN SELECT generate_series(date_trunc('month', since), date_trunc('month', now()) + make_interval(months => ahead), '1 month') LOOP
		part := name || to_char(month, '_YYYY_MM');
		IF to_regclass(part) IS NULL THEN
			EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%s) TO (%s)', part, name, xinqiao_id(month),
				xinqiao_id(month + interval '1 month'));
		END IF;
	END LOOP;
END $$;

ALTER TABLE event RENAME TO event_whole;
ALTER INDEX event_pkey RENAME TO event_whole_pkey;
ALTER INDEX event_ticket RENAME TO event_whole_ticket;
CREATE TABLE event (LIKE event_whole INCLUDING DEFAULTS) PARTITION BY RANGE (id);
CREATE TABLE event_rest PARTITION OF event DEFAULT;
SELECT xinqiao_months('event', (SELECT coalesce(to_timestamp((min(id) >> 22) / 1000.0 + 1704067200), now()) FROM event_whole), 12);
INSERT INTO event SELECT * FROM event_whole;
DROP TABLE event_whole;
ALTER TABLE event ADD PRIMARY KEY (id);
CREATE INDEX event_ticket ON event (ticket, id);

-- A message's place in its conversation is no unique key here, for that would have to hold the month. It is taken by an UPDATE of the
-- conversation's row that names the place before it: of two transactions that want the same one, the second begins again.
ALTER TABLE message RENAME TO message_whole;
ALTER INDEX message_pkey RENAME TO message_whole_pkey;
ALTER INDEX message_ticket RENAME TO message_whole_ticket;
ALTER INDEX message_conversation RENAME TO message_whole_conversation;
CREATE TABLE message (LIKE message_whole INCLUDING DEFAULTS) PARTITION BY RANGE (id);
CREATE TABLE message_rest PARTITION OF message DEFAULT;
SELECT xinqiao_months('message', (SELECT coalesce(to_timestamp((min(id) >> 22) / 1000.0 + 1704067200), now()) FROM message_whole), 12);
INSERT INTO message SELECT * FROM message_whole;
DROP TABLE message_whole;
ALTER TABLE message ADD PRIMARY KEY (id);
CREATE INDEX message_ticket ON message (ticket, id);
CREATE INDEX message_conversation ON message (conversation, seq) WHERE seq > 0;
