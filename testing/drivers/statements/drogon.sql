-- drogon 1.8 and later: DbClient, the mapper, drogon_ctl create model.
-- protocol: extended

begin

commit

begin

rollback

CREATE TABLE users (id int PRIMARY KEY, user_id varchar(32), name text, joined timestamp DEFAULT now())

insert into users (id, user_id) values ($1, $2) returning *
--$ 1 | a
--> rows

select count(*) from users where user_id = $1
--$ a
--> rows

select * from users where id = $1 order by name desc limit 1 offset 0
--$ 1
--> rows

update users set name = $1 where id = $2
--$ b | 1

delete from users where id = $1
--$ 1

select * from users for update
--> no rows

SELECT tablename FROM pg_tables WHERE schemaname = 'public'
--> rows

SELECT * FROM information_schema.columns WHERE table_schema = 'public' AND table_name = $1
--$ users
--> rows

SELECT pg_constraint.conname AS pk_name, pg_constraint.conkey AS pk_vector FROM pg_constraint INNER JOIN pg_class ON pg_constraint.conrelid = pg_class.oid WHERE pg_class.relname = $1 AND pg_constraint.contype = 'p'
--$ users
--> rows

SELECT pg_attribute.attname AS colname, pg_type.typname AS typename, pg_constraint.contype AS contype FROM pg_constraint INNER JOIN pg_class ON pg_constraint.conrelid = pg_class.oid INNER JOIN pg_attribute ON pg_attribute.attrelid = pg_class.oid AND pg_attribute.attnum = pg_constraint.conkey[1] INNER JOIN pg_type ON pg_type.oid = pg_attribute.atttypid WHERE pg_class.relname = $1 AND pg_constraint.contype = 'p'
--$ users
--> rows

SELECT pg_get_serial_sequence($1, 'id')
--$ users
--> rows

LISTEN "channel"
--> 0A000 unsupported statement: Listen
