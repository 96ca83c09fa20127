-- Poco 1.11 and later, Data/PostgreSQL: its session, statements and
-- transactions. Source: its library.

-- SessionHandle::setAutoCommit() and setTransactionIsolation()
BEGIN

COMMIT

BEGIN

ROLLBACK

SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL SERIALIZABLE
--> 0A000 Unsupported isolation level: SERIALIZABLE

SET SYNCHRONOUS COMMIT TO OFF
--> 42601 syntax error at or near "COMMIT"

CREATE TABLE Person (LastName VARCHAR(30), FirstName VARCHAR, Address VARCHAR, Age INTEGER, PRIMARY KEY (LastName))

INSERT INTO Person VALUES ($1, $2, $3, $4)
--$ Simpson | Bart | Springfield | 12

SELECT LastName, FirstName, Address, Age FROM Person WHERE Age > $1
--$ 10
--> rows

SELECT count(*) FROM Person
--> rows

CREATE TABLE BlobTest (Image BYTEA)

INSERT INTO BlobTest VALUES ($1)
--$ abc

DEALLOCATE stmt_0
--> 0A000 unsupported statement: Deallocate

DROP TABLE Person
