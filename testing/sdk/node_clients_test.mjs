// PostgreSQL's clients for JavaScript and AWS's connector, at the endpoint of a
// faithful cluster: TLS, a token by AWS's own signer, and SQL.
//
// usage: node_clients_test.mjs MODULES; DSQL_ENDPOINT, AWS_* and
// NODE_EXTRA_CA_CERTS are set by node_clients_test.sh.
import assert from "node:assert/strict";
import { createRequire } from "node:module";

const require = createRequire(`${process.argv[2]}/`);
const { DSQLClient, CreateClusterCommand } = require("@aws-sdk/client-dsql");
const { DsqlSigner } = require("@aws-sdk/dsql-signer");
const { AuroraDSQLClient, AuroraDSQLPool } = require(
  "@aws/aurora-dsql-node-postgres-connector",
);
const pg = require("pg");
const postgres = require("postgres");

const region = "us-east-1";
const control = new DSQLClient({ endpoint: process.env.DSQL_ENDPOINT, region });
const { endpoint } = await control.send(new CreateClusterCommand({}));
const [host, port = "5432"] = endpoint.split(":");

async function token() {
  return new DsqlSigner({ hostname: endpoint, region })
    .getDbConnectAdminAuthToken();
}

async function connection() {
  return {
    host,
    port: Number(port),
    user: "admin",
    database: "postgres",
    password: await token(),
    ssl: true,
  };
}

const tests = {
  async pgRunsQueriesWithAndWithoutNames() {
    const client = new pg.Client(await connection());
    await client.connect();
    await client.query("CREATE TABLE pg_orders (id int PRIMARY KEY, note text)");
    for (const id of [1, 2]) {
      const inserted = await client.query({
        name: "insert",
        text: "INSERT INTO pg_orders VALUES ($1, $2)",
        values: [id, `note ${id}`],
      });
      assert.equal(inserted.rowCount, 1);
    }
    const { rows } = await client.query("SELECT * FROM pg_orders ORDER BY id");
    assert.deepEqual(rows, [
      { id: 1, note: "note 1" },
      { id: 2, note: "note 2" },
    ]);
    await client.end();
  },

  async pgSeesTheConflictOfTwoTransactionsAtCommit() {
    const [one, two] = [
      new pg.Client(await connection()),
      new pg.Client(await connection()),
    ];
    await one.connect();
    await two.connect();
    await one.query("CREATE TABLE pg_stock (id int PRIMARY KEY, n int)");
    await one.query("INSERT INTO pg_stock VALUES (1, 0)");
    // The catalog moved: a session is told once.
    await two.query("SELECT 1").catch((error) => {
      assert.match(error.message, /OC001/);
    });
    for (const client of [one, two]) {
      await client.query("BEGIN");
      const { rowCount } = await client.query(
        "UPDATE pg_stock SET n = n + 1 WHERE id = 1",
      );
      assert.equal(rowCount, 1);
    }
    await one.query("COMMIT");
    await assert.rejects(two.query("COMMIT"), {
      code: "40001",
      message: "change conflicts with another transaction (OC000)",
    });
    await one.end();
    await two.end();
  },

  async pgIsToldWhatDsqlRefuses() {
    const client = new pg.Client(await connection());
    await client.connect();
    await assert.rejects(client.query("TRUNCATE nothing"), {
      code: "0A000",
      message: "unsupported statement: Truncate",
    });
    await assert.rejects(client.query("SELECT 1 FROM nothing WHERE a = $1", [1]), {
      code: "42P01",
    });
    await client.end();
  },

  async pgWithoutATokenIsDenied() {
    const client = new pg.Client({ ...(await connection()), password: "secret" });
    await assert.rejects(client.connect(), {
      code: "28000",
      message: "unable to accept connection, access denied",
    });
  },

  async postgresJsRunsTransactions() {
    const sql = postgres({ ...(await connection()), ssl: "require", max: 2 });
    await sql`CREATE TABLE js_orders (id int PRIMARY KEY, note text)`;
    await sql.begin(async (transaction) => {
      await transaction`INSERT INTO js_orders ${transaction([
        { id: 1, note: "a" },
        { id: 2, note: "b" },
      ])}`;
    });
    const rows = await sql`SELECT note FROM js_orders WHERE id > ${1}`;
    assert.deepEqual([...rows], [{ note: "b" }]);
    await sql.end();
  },

  async connectorOfAwsConnects() {
    const client = new AuroraDSQLClient({
      host,
      port: Number(port),
      user: "admin",
      region,
    });
    await client.connect();
    const { rows } = await client.query("SELECT current_user AS who");
    assert.deepEqual(rows, [{ who: "admin" }]);
    await client.end();
  },

  async poolOfTheConnectorConnects() {
    const pool = new AuroraDSQLPool({
      host,
      port: Number(port),
      user: "admin",
      region,
      max: 3,
    });
    const answers = await Promise.all(
      [1, 2, 3].map((n) => pool.query("SELECT $1::int AS n", [n])),
    );
    assert.deepEqual(answers.map((answer) => answer.rows[0].n), [1, 2, 3]);
    await pool.end();
  },
};

for (const [name, test] of Object.entries(tests)) {
  try {
    await test();
    console.log(`ok ${name}`);
  } catch (error) {
    console.error(`not ok ${name}`, error);
    process.exitCode = 1;
  }
}
