-- libpqxx 6.4 and 7: connections, the kinds of transactions, cursors, streams,
-- prepared statements, large objects. Source: its library.

CREATE TABLE pqxx (id int PRIMARY KEY, name text)

SELECT oid, typname FROM pg_catalog.pg_type WHERE oid > 0 LIMIT 1
--> rows

SHOW client_encoding
--> rows

SET client_encoding TO 'UTF8'

SHOW "search_path"
--> rows

SET "search_path" TO 'public'

BEGIN

INSERT INTO pqxx VALUES ($1, $2)
--$ 1 | one

INSERT INTO pqxx (id, name) VALUES ($1::int, $2) RETURNING id
--$ 2 | \N
--> rows

SELECT * FROM pqxx WHERE id = ANY ($1::int[])
--$ {1,2}
--> rows

COMMIT

BEGIN READ ONLY

SELECT name, count(*) OVER () FROM pqxx
--> rows

COMMIT

BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE
--> 0A000 Unsupported isolation level: READ COMMITTED

BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY
--> 0A000 Unsupported isolation level: SERIALIZABLE

-- pqxx::subtransaction
SAVEPOINT "sub"
--> 0A000 unsupported transaction statement: SAVEPOINT

ROLLBACK TO SAVEPOINT "sub"
--> 0A000 unsupported transaction statement: ROLLBACK TO

-- pqxx::stream_to and stream_from
COPY pqxx (id, name) FROM STDIN
--> copy in

COPY pqxx TO STDOUT
--> copy out

COPY (SELECT id FROM pqxx) TO STDOUT
--> copy out

-- pqxx::stateless_cursor
DECLARE "pqxx_cursor" SCROLL CURSOR FOR SELECT * FROM pqxx FOR READ ONLY
--> 0A000 unsupported statement: DeclareCursor

FETCH 0 IN "pqxx_cursor"
--> 0A000 unsupported statement: Fetch

MOVE BACKWARD ALL IN "pqxx_cursor"
--> 0A000 unsupported statement: Fetch

CLOSE "pqxx_cursor"
--> 0A000 unsupported statement: ClosePortal

-- pqxx::robusttransaction
CREATE SEQUENCE "pqxx_robusttransaction_seq"
--> 0A000 CREATE SEQUENCE is not supported without an explicit cache size. please define CACHE greater than or equal to 65536 or equal to 1

SELECT pg_backend_pid()
--> 0A000 function pg_backend_pid not supported

-- connection::prepare() and unprepare()
PREPARE "find" AS SELECT * FROM pqxx WHERE id = $1
--> 0A000 unsupported statement: Prepare

EXECUTE "find"(1)
--> 0A000 unsupported statement: Execute

DEALLOCATE "find"
--> 0A000 unsupported statement: Deallocate

-- pqxx::notification_receiver
LISTEN "channel"
--> 0A000 unsupported statement: Listen

NOTIFY "channel"
--> 0A000 unsupported statement: Notify

UNLISTEN "channel"
--> 0A000 unsupported statement: Unlisten

SET CONSTRAINTS ALL IMMEDIATE

SELECT current_query FROM pg_stat_activity WHERE pid = 0
--> 42703 column "current_query" does not exist
