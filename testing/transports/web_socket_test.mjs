// Postgres.js in a WebSocket. The socket is what AWS's connector for postgres.js
// puts in the place of a TCP one, and its health check is done as there.
//
// usage: web_socket_test.mjs MODULES URL; the environment has credentials, the
// CA and what resolves the host.
import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { createRequire } from "node:module";

const [modules, url] = process.argv.slice(2);
const require = createRequire(`${modules}/`);
const postgres = require("postgres");
const { DsqlSigner } = require("@aws-sdk/dsql-signer");

// Node has one of its own from 22 on.
globalThis.WebSocket ??= require("ws").WebSocket;

const signer = new DsqlSigner({
  hostname: new URL(url).hostname,
  region: "us-east-1",
});

class WebSocketSocket extends EventEmitter {
  readyState = "opening";

  constructor() {
    super();
    this.frames = [];
    this.web = new WebSocket(url);
    this.web.binaryType = "arraybuffer";
    this.web.onopen = () => {
      this.readyState = "open";
      this.emit("connect");
    };
    this.web.onmessage = ({ data }) => {
      this.frames.push(new Uint8Array(data));
      this.emit("data", Buffer.from(data));
    };
    this.web.onerror = (event) => this.emit("error", event.error ?? event);
    this.web.onclose = ({ code }) => {
      this.readyState = "closed";
      this.code = code;
      this.emit("close", false);
    };
  }
  write(data, done) {
    this.web.send(data);
    done?.();
    return true;
  }
  end(data) {
    if (data) this.web.send(data);
    this.web.close();
  }
  destroy() {
    this.web.close();
  }
  setKeepAlive() {}
  setTimeout() {}
  pause() {}
  resume() {}
}

async function open() {
  const socket = new WebSocketSocket();
  await new Promise((resolve, reject) => {
    socket.once("connect", resolve);
    socket.once("error", reject);
  });
  return socket;
}

// A message of PostgreSQL's protocol; a startup message has no type.
function message(type, body) {
  const head = Buffer.alloc(4);
  head.writeInt32BE(4 + Buffer.byteLength(body));
  return Buffer.concat([Buffer.from(type), head, Buffer.from(body)]);
}

const typeOf = (frame) => String.fromCharCode(frame[0]);

async function frameOf(type, socket) {
  const signal = AbortSignal.timeout(5000);
  while (true) {
    const frame = socket.frames.find((one) => typeOf(one) === type);
    if (frame) return frame;
    await once(socket, "data", { signal });
  }
}

function connect(others = {}) {
  return postgres({
    user: "admin",
    database: "postgres",
    password: () => signer.getDbConnectAdminAuthToken(),
    ssl: false,
    socket: open,
    max: 1,
    ...others,
  });
}

const tests = {
  async queriesWithAndWithoutParameters() {
    const sql = connect();
    assert.deepEqual([...await sql`SELECT 1 AS one`], [{ one: 1 }]);
    assert.deepEqual([...await sql`SELECT ${"x"}::text AS x`], [{ x: "x" }]);
    await sql.end();
  },

  async transactions() {
    const sql = connect();
    await sql`CREATE TABLE orders (id int PRIMARY KEY, note text)`;
    await sql.begin(async (transaction) => {
      await transaction`INSERT INTO orders ${
        transaction([{ id: 1, note: "a" }, { id: 2, note: "b" }])
      }`;
    });
    const rows = await sql`SELECT note FROM orders WHERE id > ${1}`;
    assert.deepEqual([...rows], [{ note: "b" }]);
    await assert.rejects(sql`TRUNCATE orders`, { code: "0A000" });
    await sql.end();
  },

  async severalConnectionsAtOnce() {
    const sql = connect({ max: 4 });
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, n) => sql`SELECT ${n}::int AS n`),
    );
    assert.deepEqual(
      answers.map(([row]) => row.n),
      Array.from({ length: 40 }, (_, n) => n),
    );
    await sql.end();
  },

  async longAnswers() {
    const sql = connect();
    const rows = await sql`
      SELECT i, repeat('x', 1000) AS x FROM generate_series(1, 5000) i`;
    assert.equal(rows.length, 5000);
    assert.equal(rows.at(-1).x.length, 1000);
    await sql.end();
  },

  // data[0] of a frame is its type, data[5] of Z the transaction's status.
  async theHealthCheckOfTheConnector() {
    const socket = await open();
    const startup = "\0\x03\0\0user\0admin\0database\0postgres\0\0";
    socket.write(message("", startup));
    await frameOf("R", socket);
    socket.write(message("p", `${await signer.getDbConnectAdminAuthToken()}\0`));
    await frameOf("Z", socket);
    socket.frames.length = 0;
    socket.write(message("Q", "select 1;\0"));
    const ready = await frameOf("Z", socket);
    assert.deepEqual(socket.frames.map(typeOf), ["T", "D", "C", "Z"]);
    assert.equal(String.fromCharCode(ready[5]), "I");
    const closed = once(socket, "close");
    socket.end(message("X", ""));
    await closed;
    assert.equal(socket.code, 1000);
  },

  async aWrongTokenIsRefused() {
    const sql = connect({ password: "secret" });
    await assert.rejects(sql`SELECT 1`, {
      code: "28000",
      message: "unable to accept connection, access denied",
    });
    await sql.end();
  },
};

let failed = false;
for (const [name, test] of Object.entries(tests)) {
  try {
    await test();
    console.log(`ok ${name}`);
  } catch (error) {
    console.log(`not ok ${name}`, error);
    failed = true;
  }
}
console.log(failed ? "some failed" : "all passed");
process.exit();
