import pg from "pg";
import { newId } from "../../src/message/id.ts";
import { openPostgres } from "../../src/stores/postgres/index.ts";
import { type Contestant, compare, judge, quantile, ratioOf } from "../measure.ts";
import { sampleData, sampleMetadata } from "../sample-commit.ts";
import { type Ground, requireRows } from "./ground.ts";
import { openMillrace, type Writer } from "./writers.ts";

const events = 6_000;
const warmUp = 2_000;

/** The latency of a lone caller, next to a bare prepared write of the same rows into the same tables. */
export async function oneCallerCases(ground: Ground): Promise<void> {
  const latency = await compare("Durable appends, one caller: latency", "microseconds, median of each run", [
    timing(ground, "millrace", openMillrace),
    timing(ground, "bare prepared write", openBare),
  ]);
  judge("latency of millrace / bare", ratioOf(latency, "millrace", "bare prepared write"), 1.25, "at most");
}

function timing(ground: Ground, name: string, open: (url: string) => Promise<Writer>): Contestant {
  return {
    name,
    run: () =>
      ground.inFreshDatabase(async (url) => {
        const writer = await open(url);
        for (let index = 0; index < warmUp; index++) await writer.append(index, 0);
        const took: number[] = [];
        for (let index = 0; index < events; index++) {
          const started = performance.now();
          await writer.append(warmUp + index, 0);
          took.push((performance.now() - started) * 1000);
        }
        await writer.close();
        await requireRows(url, writer.table, warmUp + events);
        return quantile(took, 0.5);
      }),
  };
}

/** One prepared statement writes an event and its command into the store's tables, as one transaction, by the same driver. */
async function openBare(url: string): Promise<Writer> {
  await (await openPostgres({ url })).close();
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const text = `
    WITH command AS (
      INSERT INTO millrace.commands (id, fingerprint, first_position, last_position) VALUES ($1, $2, $3, $3))
    INSERT INTO millrace.events
      (position, stream, version, id, type, schema_version, recorded_at, data, metadata, tags)
    VALUES ($3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`;
  let position = 0;
  return {
    table: "millrace.events",
    append(index) {
      const id = newId();
      const data = JSON.stringify(sampleData(index));
      const metadata = JSON.stringify(sampleMetadata(id));
      return client.query({
        name: "append",
        text,
        values: [
          ...[id, "", ++position, `account-${id}`, 1, `${id}.0`, "AccountSuspended", 1, Date.now()],
          ...[data, metadata, "[]"],
        ],
      });
    },
    close: () => client.end(),
  };
}
