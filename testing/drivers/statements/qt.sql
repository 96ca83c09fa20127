-- Qt 5.15 and 6, QPSQL: open(), record(), primaryIndex(), tables(), prepared
-- queries, notifications. Source: qsql_psql.cpp and its plugin.

SET CLIENT_ENCODING TO 'UNICODE'

SET DATESTYLE TO 'ISO'

-- A warning of the driver, which goes on.
SET bytea_output TO escape
--> 0A000 setting configuration parameter "bytea_output" not supported

SELECT version()
--> rows

SELECT '\\' x
--> rows

SHOW standard_conforming_strings
--> rows

CREATE TABLE person (id int PRIMARY KEY, name varchar(20) DEFAULT 'x')

SELECT pg_attribute.attname, pg_attribute.atttypid::int, pg_attribute.attnotnull, pg_attribute.attlen, pg_attribute.atttypmod, pg_get_expr(pg_attrdef.adbin, pg_attrdef.adrelid) FROM pg_class, pg_attribute LEFT JOIN pg_attrdef ON (pg_attrdef.adrelid = pg_attribute.attrelid AND pg_attrdef.adnum = pg_attribute.attnum) WHERE pg_table_is_visible(pg_class.oid) AND pg_class.relname = 'person' AND pg_attribute.attnum > 0 AND pg_attribute.attrelid = pg_class.oid AND pg_attribute.attisdropped = false ORDER BY pg_attribute.attnum
--> rows

SELECT pg_attribute.attname, pg_attribute.atttypid::int, pg_attribute.attnotnull, pg_attribute.attlen, pg_attribute.atttypmod, pg_get_expr(pg_attrdef.adbin, pg_attrdef.adrelid) FROM pg_class, pg_attribute LEFT JOIN pg_attrdef ON (pg_attrdef.adrelid = pg_attribute.attrelid AND pg_attrdef.adnum = pg_attribute.attnum) WHERE pg_class.relnamespace = (SELECT oid FROM pg_namespace WHERE pg_namespace.nspname = 'public') AND pg_class.relname = 'person' AND pg_attribute.attnum > 0 AND pg_attribute.attrelid = pg_class.oid AND pg_attribute.attisdropped = false ORDER BY pg_attribute.attnum
--> rows

SELECT pg_attribute.attname, pg_attribute.atttypid::int, pg_class.relname FROM pg_attribute, pg_class WHERE pg_table_is_visible(pg_class.oid) AND pg_class.oid IN (SELECT indexrelid FROM pg_index WHERE indisprimary = true AND indrelid IN (SELECT oid FROM pg_class WHERE relname = 'person')) AND pg_attribute.attrelid = pg_class.oid AND pg_attribute.attisdropped = false ORDER BY pg_attribute.attnum
--> rows

SELECT pg_class.relname, pg_namespace.nspname FROM pg_class LEFT JOIN pg_namespace ON (pg_class.relnamespace = pg_namespace.oid) WHERE (pg_class.relkind = 'r') AND (pg_class.relname !~ '^Inv') AND (pg_class.relname !~ '^pg_') AND (pg_namespace.nspname != 'information_schema')
--> rows

SELECT pg_class.relname, pg_namespace.nspname FROM pg_class LEFT JOIN pg_namespace ON (pg_class.relnamespace = pg_namespace.oid) WHERE (pg_class.relkind = 'v') AND (pg_class.relname !~ '^Inv') AND (pg_class.relname !~ '^pg_') AND (pg_namespace.nspname NOT IN ('pg_catalog', 'information_schema'))
--> rows

SELECT relname FROM pg_class WHERE (relkind = 'r') AND (relname LIKE 'pg_%')
--> rows

SELECT relname FROM pg_class WHERE pg_class.oid = 'person'::regclass
--> rows

-- QSqlQuery::prepare(), which sends SQL's PREPARE
PREPARE qpsqlpstmt_1 AS INSERT INTO person (id, name) VALUES ($1, $2)
--> 0A000 unsupported statement: Prepare

EXECUTE qpsqlpstmt_1 (1, 'a')
--> 0A000 unsupported statement: Execute

DEALLOCATE qpsqlpstmt_1
--> 0A000 unsupported statement: Deallocate

-- without the feature PreparedQueries
INSERT INTO person (id, name) VALUES (1, 'a')

BEGIN

SELECT * FROM person
--> rows

COMMIT

BEGIN

ROLLBACK

SELECT lastval();
--> 55000 lastval is not yet defined in this session

LISTEN changes
--> 0A000 unsupported statement: Listen

UNLISTEN changes
--> 0A000 unsupported statement: Unlisten

-- QSqlTableModel
SELECT "id", "name" FROM "person" ORDER BY "person"."id" ASC
--> rows

UPDATE "person" SET "name" = 'b' WHERE "person"."id" = 1

DELETE FROM "person" WHERE "person"."id" = 1
