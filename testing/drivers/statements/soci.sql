-- SOCI 4.0: the back end of PostgreSQL. Source: its libraries.

SET extra_float_digits = 3

SET extra_float_digits = 2

create table person (id bigint primary key, name varchar(100), born timestamp, weight numeric(10, 2))

alter table person add height double precision

alter table person add note text

alter table person alter column note type varchar(10)
--> 0A000 unsupported ALTER TABLE ALTER COLUMN ... SET DATA TYPE statement

select table_name as "TABLE_NAME" from information_schema.tables where table_schema = 'public'
--> rows

select column_name as "COLUMN_NAME", data_type as "DATA_TYPE", character_maximum_length as "CHARACTER_MAXIMUM_LENGTH", numeric_precision as "NUMERIC_PRECISION", numeric_scale as "NUMERIC_SCALE", is_nullable as "IS_NULLABLE" from information_schema.columns where table_schema = 'public' and table_name = $1
--$ person
--> rows

BEGIN

insert into person (id, name, born, weight) values ($1, $2, $3, $4)
--$ 1 | a | 2026-01-01 00:00:00 | 1.5

select id, name, born, weight from person where id = $1
--$ 1
--> rows

ROLLBACK

create sequence person_id start 1 cache 1

select nextval('person_id')
--> rows

-- session::get_last_insert_id()
select currval('person_id')
--> rows

truncate table person
--> 0A000 unsupported statement: Truncate

-- rowid
select oid from person
--> 42703 column "oid" does not exist

alter table person drop column note

DEALLOCATE st_1
--> 0A000 unsupported statement: Deallocate

drop table person
