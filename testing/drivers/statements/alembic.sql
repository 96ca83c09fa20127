-- Alembic 1.8: its table of versions, comparison of metadata, every operation
-- of a migration. Recorded.

SELECT t.oid, typarray FROM pg_type t JOIN pg_namespace ns ON typnamespace = ns.oid WHERE typname = 'hstore'
--> no rows

select pg_catalog.version()
--> rows

select current_schema()
--> rows

show transaction isolation level
--> rows

show standard_conforming_strings
--> rows

select relname from pg_class c join pg_namespace n on n.oid=c.relnamespace where pg_catalog.pg_table_is_visible(c.oid) and relname='alembic_version'
--> no rows

CREATE TABLE alembic_version ( version_num VARCHAR(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num) )

SELECT alembic_version.version_num FROM alembic_version
--> no rows

SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'public' AND c.relkind in ('r', 'p')
--> rows

CREATE TABLE acc ( id INTEGER NOT NULL, n VARCHAR(5), PRIMARY KEY (id) )

ALTER TABLE acc ADD COLUMN k TEXT

CREATE INDEX ix ON acc (n)
--> 0A000 unsupported mode. please use CREATE INDEX ASYNC.

-- as DSQL takes it
CREATE INDEX ASYNC ix ON acc (n)
--> rows

ALTER TABLE acc ALTER COLUMN n SET NOT NULL
--> 0A000 unsupported ALTER TABLE ALTER COLUMN ... SET NOT NULL statement

ALTER TABLE acc ALTER COLUMN n TYPE VARCHAR(9)
--> 0A000 unsupported ALTER TABLE ALTER COLUMN ... SET DATA TYPE statement

ALTER TABLE acc RENAME n TO m

ALTER TABLE acc ADD CONSTRAINT uq UNIQUE (m)
--> 0A000 unsupported ALTER TABLE ADD CONSTRAINT statement

ALTER TABLE acc ADD CONSTRAINT ck CHECK (id>0)
--> 0A000 unsupported ALTER TABLE ADD CONSTRAINT statement

ALTER TABLE acc DROP CONSTRAINT ck
--> 42704 constraint "ck" of relation "acc" does not exist

DROP INDEX ix

ALTER TABLE acc DROP COLUMN k

ALTER TABLE acc RENAME TO bcc

DROP TABLE bcc

drop table alembic_version

BEGIN

SELECT 1
--> rows

COMMIT
