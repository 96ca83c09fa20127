-- Forms whose answer depends on PostgreSQL's version, or on how it was built.
RESET TRANSACTION ISOLATION LEVEL;
SELECT '<a/>' IS DOCUMENT;
SELECT xmlelement(name a, 'b')::text;
SELECT xmlparse(CONTENT '<a/>') IS NOT DOCUMENT;
CREATE TABLE x (a int UNIQUE NULLS NOT DISTINCT, b int, UNIQUE NULLS DISTINCT (b));
