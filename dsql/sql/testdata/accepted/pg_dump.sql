--
-- PostgreSQL database dump, made fit for DSQL
--
SELECT pg_catalog.set_config('search_path', '', false);
CREATE SCHEMA app;
ALTER SCHEMA app OWNER TO admin;
COMMENT ON SCHEMA app IS 'standard; "schema"';
CREATE DOMAIN app.email AS text
	CONSTRAINT email_check CHECK ((VALUE ~~ '%@%'::text));
CREATE FUNCTION app.add(a integer, b integer[]) RETURNS integer
    LANGUAGE sql IMMUTABLE
    AS $$ SELECT a + b[1]; $$;
CREATE TABLE app.t (
    id bigint NOT NULL,
    mail app.email DEFAULT 'a@b'::text,
    at timestamp without time zone DEFAULT now(),
    code character(3),
    CONSTRAINT t_pkey PRIMARY KEY (id)
);
ALTER TABLE ONLY app.t OWNER TO admin;
CREATE SEQUENCE app.s START WITH 1 INCREMENT BY 1 NO MINVALUE NO MAXVALUE CACHE 1;
ALTER SEQUENCE app.s OWNED BY app.t.id;
ALTER TABLE ONLY app.t ALTER COLUMN id SET DEFAULT nextval('app.s'::regclass);
CREATE VIEW app.v AS SELECT t.id FROM app.t WHERE (t.id = ANY (ARRAY[(1)::bigint, (2)::bigint]));
SELECT pg_catalog.setval('app.s', 42, true);
ALTER TABLE ONLY app.c ADD CONSTRAINT c_fk FOREIGN KEY (t) REFERENCES app.t(id) DEFERRABLE INITIALLY DEFERRED NOT VALID;
GRANT USAGE ON SCHEMA app TO r;
GRANT SELECT,INSERT ON TABLE app.t TO r;
REVOKE ALL ON FUNCTION app.add(a integer, b integer[]) FROM PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE admin IN SCHEMA app GRANT SELECT ON TABLES TO r;
CREATE STATISTICS app.st (ndistinct) ON id, mail FROM app.t;
INSERT INTO app.t VALUES (1, DEFAULT, '2026-01-01'), (2, NULL, NULL);
CREATE ROLE r WITH LOGIN;
AWS IAM GRANT r TO 'arn:aws:iam::123456789012:role/r';
