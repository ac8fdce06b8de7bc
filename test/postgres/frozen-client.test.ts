import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { openPostgres } from "millrace/postgres";
import pg from "pg";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { sampleCommit } from "../../src/testing/conformance/sample-commit.ts";
import { eventually } from "../runtime/running.ts";
import { makeServer, type Server } from "./server.ts";

const script = fileURLToPath(new URL("frozen-process.ts", import.meta.url));
let server: Server;

beforeAll(async () => {
  server = await makeServer();
}, 60_000);

afterAll(() => server.remove());

test.skipIf(process.platform === "win32").each([
  { work: "import", isolation: "read committed", result: { code: "log-not-empty" } },
  { work: "append", isolation: "serializable", result: { position: 3 } },
])(
  "a process that freezes in the middle of an $work loses its transaction, and others go on",
  {
    timeout: 60_000,
  },
  async ({ work, isolation, result }) => {
    const url = new URL(server.url);
    url.pathname = work;
    const stranger = new pg.Client(url.href);
    await query(server.url, `CREATE DATABASE ${work}`);
    await query(server.url, `ALTER DATABASE ${work} SET default_transaction_isolation = '${isolation}'`);
    const store = await openPostgres({ url: url.href, listen: false });
    onTestFinished(() => store.close());
    await store.events.append(sampleCommit({ stream: "a-1" }));

    // With the log's row locked it comes to a table that a stranger has locked, and there it is stopped.
    await stranger.connect();
    onTestFinished(() => stranger.end());
    await stranger.query("BEGIN; LOCK TABLE millrace.events IN SHARE MODE");
    const child = spawn(process.execPath, ["--import", "tsx", script, url.href, "millrace", work], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    onTestFinished(() => void child.kill("SIGKILL"));
    const printed = text(child.stdout);
    const complaints = text(child.stderr);
    const ended = once(child, "close");
    const waiting = "SELECT pid, state FROM pg_stat_activity WHERE wait_event_type = 'Lock'";
    const [holder] = await eventually(
      () => query(url.href, `${waiting} AND datname = current_database()`),
      (found) => found.length === 1,
    );
    child.kill("SIGSTOP");
    await eventually(
      () => execFileSync("ps", ["-o", "state=", "-p", String(child.pid)], { encoding: "utf8" }),
      (state) => state.startsWith("T"),
    );
    await stranger.query("COMMIT");
    const stateOfHolder = () =>
      query(url.href, `SELECT state FROM pg_stat_activity WHERE pid = ${holder?.pid}`);
    await eventually(stateOfHolder, ([found]) => found?.state === "idle in transaction");

    await expect(store.events.append(sampleCommit({ stream: "a-1" }))).resolves.toMatchObject({
      status: "appended",
      point: { position: 2 },
    });
    expect(await stateOfHolder()).toEqual([]);

    // It comes to, and finds out.
    child.kill("SIGCONT");
    await ended;
    expect(JSON.parse((await printed) || JSON.stringify(await complaints))).toMatchObject(result);
    const log = await store.events.readStream("a-1");
    expect(log.map(({ version }) => version)).toEqual(work === "append" ? [1, 2, 3] : [1, 2]);
  },
);

async function query(url: string, sql: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const client = new pg.Client(url);
  await client.connect();
  const { rows } = await client.query<Record<string, unknown>>(sql);
  await client.end();
  return rows;
}
