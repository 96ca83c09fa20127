-- userver, postgresql: what it asks when it connects, pings, its transactions
-- and settings.
-- protocol: extended

SELECT t.oid, n.nspname AS schema, t.typname, t.typlen, t.typtype, t.typcategory, t.typdelim, t.typrelid, t.typelem, t.typarray, t.typbasetype, t.typnotnull FROM pg_catalog.pg_type t LEFT JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace LEFT JOIN pg_catalog.pg_class c ON c.oid = t.typrelid WHERE n.nspname NOT IN ('pg_catalog', 'pg_toast', 'information_schema') AND (c.relkind IS NULL OR c.relkind NOT IN ('i', 'S', 'I')) ORDER BY t.oid
--> rows

SELECT c.reltype, a.attname, a.atttypid FROM pg_catalog.pg_class c LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid WHERE n.nspname = 'public' AND a.attnum > 0 AND NOT a.attisdropped AND c.relkind = 'c' ORDER BY c.reltype, a.attnum
--> no rows

SELECT 1 AS ping
--> rows

SELECT set_config($1, $2, $3) as set_config
--$ application_name | userver | false
--> rows

SELECT set_config($1, $2, $3) as set_config
--$ statement_timeout | 1000 | false
--> 0A000 setting configuration parameter "statement_timeout" not supported

SET statement_timeout TO 1000
--> 0A000 setting configuration parameter "statement_timeout" not supported

SELECT pg_is_in_recovery()
--> rows

SELECT current_setting('transaction_read_only')::bool
--> rows

SHOW server_version_num
--> rows

BEGIN ISOLATION LEVEL REPEATABLE READ

SELECT 1
--> rows

COMMIT

BEGIN READ ONLY

ROLLBACK

BEGIN ISOLATION LEVEL READ COMMITTED
--> 0A000 Unsupported isolation level: READ COMMITTED

SAVEPOINT sp
--> 0A000 unsupported transaction statement: SAVEPOINT

CREATE TABLE key_value_table (key varchar PRIMARY KEY, value varchar)

INSERT INTO key_value_table (key, value) VALUES ($1, $2) ON CONFLICT DO NOTHING
--$ a | b

INSERT INTO key_value_table (key, value) SELECT * FROM UNNEST($1::text[], $2::text[])
--$ {c,d} | {e,f}

SELECT value FROM key_value_table WHERE key = $1
--$ a
--> rows

DECLARE portal CURSOR FOR SELECT 1
--> 0A000 unsupported statement: DeclareCursor

DISCARD ALL
--> 0A000 unsupported statement: Discard

LISTEN channel
--> 0A000 unsupported statement: Listen
