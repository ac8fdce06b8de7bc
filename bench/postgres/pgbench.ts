import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import pg from "pg";
import { newId } from "../../src/message/id.ts";
import type { Contestant } from "../measure.ts";
import { sampleData, sampleMetadata } from "../sample-commit.ts";
import { type Ground, requireRows, rowsOf } from "./ground.ts";
import { writing } from "./writers.ts";

/** A table like the store's events, with the same indexes; positions come from a sequence, in no order that anyone could rely on. */
const table = `
  CREATE SEQUENCE positions CACHE 1;
  CREATE TABLE events (
    position bigint PRIMARY KEY, stream text COLLATE "C" NOT NULL, version integer NOT NULL, id text COLLATE "C" NOT NULL,
    type text COLLATE "C" NOT NULL, schema_version integer NOT NULL, recorded_at bigint NOT NULL,
    data json NOT NULL, metadata json NOT NULL, tags json NOT NULL
  );
  CREATE UNIQUE INDEX events_by_stream ON events (stream, version)`;

const insert = (stream: string, id: string, data: string, metadata: string) => `
  INSERT INTO events (position, stream, version, id, type, schema_version, recorded_at, data, metadata, tags)
  VALUES (nextval('positions'), ${stream}, 1, ${id}, 'AccountSuspended', 1,
    floor(extract(epoch FROM clock_timestamp()) * 1000), ${data}, ${metadata}, '[]')`;

/** pgbench committing a prepared row at a time; a bare loop of `pg` does it where there is no pgbench. */
export function preparedRows(
  ground: Ground,
  { callers, events }: { readonly callers: number; readonly events: number },
): Contestant {
  const pgbench = findPgbench();
  if (pgbench !== undefined) return runningPgbench(ground, pgbench, callers, events);
  console.log("There is no pgbench: a bare `pg` loop commits its rows instead.");
  return writing(ground, "bare `pg` rows", { callers, events }, async (url) => {
    await rowsOf(url, table);
    const pool = new pg.Pool({ connectionString: url, max: callers });
    const text = insert("$1", "$2", "$3", "$4");
    return {
      table: "events",
      append(index) {
        const id = newId();
        const data = JSON.stringify(sampleData(index));
        const metadata = JSON.stringify(sampleMetadata(id));
        return pool.query({ name: "insert", text, values: [`account-${id}`, `${id}.0`, data, metadata] });
      },
      close: () => pool.end(),
    };
  });
}

function runningPgbench(ground: Ground, pgbench: string, callers: number, events: number): Contestant {
  const perClient = Math.ceil(events / callers);
  return {
    name: "pgbench, prepared rows",
    run: () =>
      ground.inFreshDatabase(async (url) => {
        await rowsOf(url, table);
        const folder = mkdtempSync(path.join(tmpdir(), "millrace-pgbench-"));
        try {
          const script = path.join(folder, "rows.sql");
          writeFileSync(script, pgbenchScript());
          const { stdout } = await promisify(execFile)(pgbench, [
            ...[
              "--no-vacuum",
              "--protocol=prepared",
              `--client=${callers}`,
              `--jobs=${Math.min(callers, 2)}`,
            ],
            ...[`--transactions=${perClient}`, "--define=n=0", `--file=${script}`, url],
          ]);
          await requireRows(url, "events", perClient * callers);
          return Number(/tps = ([\d.]+) \(without/.exec(stdout)?.[1]);
        } finally {
          rmSync(folder, { recursive: true, force: true });
        }
      }),
  };
}

/** A colon before a name would be a variable of pgbench, so the JSON has spaces behind its colons. */
function pgbenchScript(): string {
  const json = (value: unknown) => `'${JSON.stringify(value).replaceAll('":', '": ')}'`;
  const id = newId();
  const own = `'${id}-' || :client_id::text || '-' || :n::text`;
  const row = insert(`'account-' || ${own}`, own, json(sampleData(1)), json(sampleMetadata(id)));
  return `\\set n :n + 1\n${row.replaceAll(/\s+/g, " ").trim()};\n`;
}

function findPgbench(): string | undefined {
  const installed = "/usr/lib/postgresql";
  const folders = [
    ...(process.env.PATH ?? "").split(path.delimiter),
    ...(existsSync(installed) ? readdirSync(installed) : []).map((it) => path.join(installed, it, "bin")),
  ];
  return folders.map((folder) => path.join(folder, "pgbench")).find((file) => existsSync(file));
}
