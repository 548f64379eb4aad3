-- Cuts the two tables that grow longest, event and message, by month, while the nodes run. With a backup made:
--
--   psql -X -f partition.sql service=xinqiao
--
-- What is there stays where it is and becomes the first part, up to the end of this month or, in a month's last week, of the next.
-- The long work, looking through each table once and one index built beside, keeps nobody out; each table is closed for the blink in
-- which it changes place, and only when nobody has waited for it longer than two seconds. It needs no room but the index's. Should it
-- be broken off from outside, run it again within the week: a bound on ids is left that nothing of the next month could pass. What it
-- gives up by itself it clears away. Afterwards, once a month, so that there is always a year of them ahead:
--
--   psql -X -c "SELECT xinqiao_months('event', now(), 12)" -c "SELECT xinqiao_months('message', now(), 12)" service=xinqiao
--
-- What no month was made for goes to event_rest and message_rest, and no month can be made any more for what is there. See scale.md.

\set ON_ERROR_STOP on
\if :{?tries}
\else
	\set tries 100
\endif
SET client_min_messages = warning;
SET timezone = 'UTC';
SET xinqiao.tries = :tries;

-- The smallest id that can have been given at that time.
CREATE OR REPLACE FUNCTION xinqiao_id(at timestamptz) RETURNS bigint LANGUAGE sql IMMUTABLE AS
	$$ SELECT (extract(epoch FROM at) * 1000 - 1704067200000)::bigint << 22 $$;

-- Makes what is missing of the months from `since` to `ahead` months from now. Gives up where it would keep others waiting.
CREATE OR REPLACE FUNCTION xinqiao_months(name text, since timestamptz, ahead integer) RETURNS void LANGUAGE plpgsql
	SET timezone = 'UTC' SET lock_timeout = '2s' AS $$
DECLARE
	made bigint := coalesce((SELECT max(substring(pg_get_expr(c.relpartbound, c.oid) FROM 'TO \(''?(\d+)')::bigint)
		FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = name::regclass), 0);
	month timestamptz;
	part text;
BEGIN
	FOR month IN SELECT generate_series(date_trunc('month', since), date_trunc('month', now()) + make_interval(months => ahead), '1 month') LOOP
		CONTINUE WHEN xinqiao_id(month) < made;
		part := name || to_char(month, '_YYYY_MM');
		EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', part, name);
		EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%s) TO (%s)', name, part, xinqiao_id(month),
			xinqiao_id(month + interval '1 month'));
	END LOOP;
END $$;

-- This transaction's alone, from here on; whoever stands in the way is let go first, and those behind him.
CREATE FUNCTION pg_temp.alone(name text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	FOR try IN 1..current_setting('xinqiao.tries')::integer LOOP
		BEGIN
			SET LOCAL lock_timeout = '2s';
			EXECUTE format('LOCK TABLE %I IN ACCESS EXCLUSIVE MODE', name);
			RETURN;
		EXCEPTION WHEN lock_not_available OR deadlock_detected THEN
			PERFORM pg_sleep(random());
		END;
	END LOOP;
	RAISE EXCEPTION 'table % is never free for a moment: nothing was changed; look for what holds it in pg_locks, or try at a quieter hour', name;
END $$;

CREATE FUNCTION pg_temp.unbound(name text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	IF EXISTS (SELECT FROM pg_constraint WHERE conrelid = name::regclass AND conname = 'xinqiao_cut') THEN
		PERFORM pg_temp.alone(name);
		EXECUTE format('ALTER TABLE %I DROP CONSTRAINT xinqiao_cut', name);
	END IF;
END $$;

-- Not looked at yet whether it holds for what is there.
CREATE FUNCTION pg_temp.bound(name text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	PERFORM pg_temp.unbound(name), pg_temp.alone(name);
	EXECUTE format('ALTER TABLE %I ADD CONSTRAINT xinqiao_cut CHECK (id < %s) NOT VALID', name,
		xinqiao_id(current_setting('xinqiao.until')::timestamptz));
END $$;

-- A unique key would have to hold the month, so what is unique beside the id becomes an index like the others; of `name`_plain, which was
-- built for it.
CREATE FUNCTION pg_temp.cut(name text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	until timestamptz := current_setting('xinqiao.until');
	whole text := name || to_char(until, '_before_YYYY_MM');
	i record;
	unique_was text;
	indexes text[] := '{}';
	grants text[];
	command text;
BEGIN
	PERFORM pg_temp.alone(name);
	SELECT array_agg(format('GRANT %s ON %I TO %s', a.privilege_type, name, CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END))
		INTO grants FROM pg_class c, aclexplode(c.relacl) a WHERE c.oid = name::regclass AND a.grantee <> c.relowner;
	FOR i IN SELECT c.relname AS index, pg_get_indexdef(c.oid) AS made, x.indisprimary AS key, x.indisunique AS only FROM pg_index x
		JOIN pg_class c ON c.oid = x.indexrelid WHERE x.indrelid = name::regclass ORDER BY x.indisunique DESC LOOP
		IF i.index = name || '_plain' THEN
			EXECUTE format('ALTER INDEX %I RENAME TO %I', i.index, whole || substr(unique_was, length(name) + 1));
			CONTINUE;
		END IF;
		IF NOT i.key THEN
			indexes := indexes || replace(i.made, 'CREATE UNIQUE INDEX', 'CREATE INDEX');
		END IF;
		IF i.only AND NOT i.key THEN
			unique_was := i.index;
			EXECUTE format('DROP INDEX %I', i.index);
		ELSE
			EXECUTE format('ALTER INDEX %I RENAME TO %I', i.index, whole || substr(i.index, length(name) + 1));
		END IF;
	END LOOP;
	EXECUTE format('ALTER TABLE %I RENAME TO %I', name, whole);
	EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS INCLUDING CONSTRAINTS) PARTITION BY RANGE (id)', name, whole);
	EXECUTE format('ALTER TABLE %I DROP CONSTRAINT xinqiao_cut, ADD PRIMARY KEY (id)', name);
	FOREACH command IN ARRAY indexes || grants LOOP
		EXECUTE command;
	END LOOP;
	-- Not looked through once more, for the bound was found to hold.
	EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (MINVALUE) TO (%s)', name, whole, xinqiao_id(until));
	EXECUTE format('ALTER TABLE %I DROP CONSTRAINT xinqiao_cut', whole);
	PERFORM xinqiao_months(name, until, 12);
	EXECUTE format('CREATE TABLE %I PARTITION OF %I DEFAULT', name || '_rest', name);
END $$;

DO $$ BEGIN
	IF (SELECT string_agg(indexrelid::regclass::text, ' ' ORDER BY 1) FROM pg_index x WHERE indrelid IN ('event'::regclass, 'message'::regclass)
		AND indisunique AND NOT indisprimary) <> 'message_conversation' THEN
		RAISE EXCEPTION 'these tables have other keys than this file knows: use the one that came with your version';
	END IF;
	IF EXISTS (SELECT FROM pg_class WHERE oid = 'message'::regclass AND pg_get_userbyid(relowner) <> current_user) THEN
		RAISE EXCEPTION 'the tables are not those of %: use the address of the gateway''s configuration', current_user;
	END IF;
END $$;
SELECT count(*) FILTER (WHERE relname = 'event') > 0 AS event, count(*) FILTER (WHERE relname = 'message') > 0 AS message
	FROM pg_class WHERE oid IN ('event'::regclass, 'message'::regclass) AND relkind = 'r' \gset
SELECT set_config('xinqiao.until', (date_trunc('month', now() + interval '7 days') + interval '1 month')::text, false) AS until \gset

\if :event
	\set ON_ERROR_STOP off
	SELECT pg_temp.bound('event') \g /dev/null
	\set failed :ERROR
	\if :failed
	\else
		ALTER TABLE event VALIDATE CONSTRAINT xinqiao_cut;
		\set failed :ERROR
	\endif
	\if :failed
	\else
		SELECT pg_temp.cut('event') \g /dev/null
		\set failed :ERROR
	\endif
	\if :failed
		SELECT pg_temp.unbound('event') \g /dev/null
		\set ON_ERROR_STOP on
		DO $$ BEGIN RAISE EXCEPTION 'event was not cut: see above'; END $$;
	\endif
	\set ON_ERROR_STOP on
	\echo event is cut by month: what is there is one part, up to :until
\else
	\echo event is cut already
\endif

-- A message's place in its conversation is no unique key any more, for that would have to hold the month. It is taken by an UPDATE of the
-- conversation's row that names the place before it: of two transactions that want the same one, the second begins again.
\if :message
	DROP INDEX CONCURRENTLY IF EXISTS message_plain;
	CREATE INDEX CONCURRENTLY message_plain ON message (conversation, seq) WHERE seq > 0;
	\set ON_ERROR_STOP off
	SELECT pg_temp.bound('message') \g /dev/null
	\set failed :ERROR
	\if :failed
	\else
		ALTER TABLE message VALIDATE CONSTRAINT xinqiao_cut;
		\set failed :ERROR
	\endif
	\if :failed
	\else
		SELECT pg_temp.cut('message') \g /dev/null
		\set failed :ERROR
	\endif
	\if :failed
		SELECT pg_temp.unbound('message') \g /dev/null
		DROP INDEX CONCURRENTLY message_plain;
		\set ON_ERROR_STOP on
		DO $$ BEGIN RAISE EXCEPTION 'message was not cut: see above'; END $$;
	\endif
	\set ON_ERROR_STOP on
	\echo message is cut by month: what is there is one part, up to :until
\else
	\echo message is cut already
\endif
ANALYZE event, message;
