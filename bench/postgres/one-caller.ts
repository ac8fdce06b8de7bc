import pg from "pg";
import { newId } from "../../src/message/id.ts";
import { openPostgres } from "../../src/stores/postgres/index.ts";
import { judge, quantile } from "../measure.ts";
import { sampleData, sampleMetadata } from "../sample-commit.ts";
import { type Ground, requireRows } from "./ground.ts";
import { openMillrace, type Writer } from "./writers.ts";

/** Who is timed takes turns so often, since the speed of a machine that others use changes within a second. */
const turn = 100;
const turns = 90;
const warmUpTurns = 20;

/** The latency of a lone caller, next to a bare prepared write of the same rows into the same tables. */
export async function oneCallerCases(ground: Ground): Promise<void> {
  await ground.inFreshDatabase((url) =>
    ground.inFreshDatabase(async (bareUrl) => {
      const ours = await Timed.open("millrace", url, openMillrace);
      const bare = await Timed.open("bare prepared write", bareUrl, openBare);
      for (let done = 0; done < turns; done++) for (const one of [ours, bare]) await one.take(done);
      console.log(`\nDurable appends, one caller, in turns of ${turn}: latency (microseconds)`);
      for (const one of [ours, bare]) await one.close();
      judge("latency of millrace / bare", ours.median / bare.median, 1.25, "at most");
    }),
  );
}

class Timed {
  readonly #name: string;
  readonly #url: string;
  readonly #writer: Writer;
  readonly #took: number[] = [];

  private constructor(name: string, url: string, writer: Writer) {
    this.#name = name;
    this.#url = url;
    this.#writer = writer;
  }

  static async open(name: string, url: string, open: (url: string) => Promise<Writer>): Promise<Timed> {
    return new Timed(name, url, await open(url));
  }

  get median(): number {
    return quantile(this.#took, 0.5);
  }

  async take(number: number): Promise<void> {
    for (let index = 0; index < turn; index++) {
      const started = performance.now();
      await this.#writer.append(number * turn + index, 0);
      if (number >= warmUpTurns) this.#took.push((performance.now() - started) * 1000);
    }
  }

  async close(): Promise<void> {
    await this.#writer.close();
    await requireRows(this.#url, this.#writer.table, turns * turn);
    const [half, most] = [0.5, 0.99].map((share) => Math.round(quantile(this.#took, share)));
    console.log(`  ${this.#name.padEnd(44)} ${String(half).padStart(12)}   [p99 ${most}]`);
  }
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
