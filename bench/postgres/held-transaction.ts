import pg from "pg";
import { openPostgres } from "../../src/stores/postgres/index.ts";
import { forSeconds, judge, median } from "../measure.ts";
import { commitOf } from "../sample-commit.ts";
import { type Ground, openGround, requireRows } from "./ground.ts";

const callers = 32;
const warmUpSeconds = 3;
const beforeSeconds = 30;
const heldSeconds = 60;
const afterSeconds = 10;

/**
 * Appends before somebody opens a transaction, while it stays open for a minute, and after it. A second log on a server of its own
 * takes turns with it and nobody holds a transaction there: what a log costs as it grows is common to both.
 */
export async function heldTransactionCases(ground: Ground): Promise<void> {
  const other = await openGround();
  await ground.inFreshDatabase((url) =>
    other.inFreshDatabase(async (controlUrl) => {
      const courses = [await Course.open(url), await Course.open(controlUrl)] as const;
      const secondsOf = async (count: number) => {
        for (let second = 0; second < count; second++)
          for (const course of courses) await course.takeSecond();
      };
      await secondsOf(warmUpSeconds + beforeSeconds);
      const holder = new pg.Client({ connectionString: url });
      await holder.connect();
      await holder.query("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT pg_current_xact_id()");
      await secondsOf(heldSeconds);
      await holder.query("COMMIT");
      await holder.end();
      await secondsOf(afterSeconds);
      for (const course of courses) await course.close();
      tell(...courses);
    }),
  );
  await other.remove();
}

/** A log that grows a second at a time. */
class Course {
  readonly rates: number[] = [];
  readonly #url: string;
  readonly #store: Awaited<ReturnType<typeof openPostgres>>;

  private constructor(url: string, store: Awaited<ReturnType<typeof openPostgres>>) {
    this.#url = url;
    this.#store = store;
  }

  static async open(url: string): Promise<Course> {
    return new Course(url, await openPostgres({ url }));
  }

  async takeSecond(): Promise<void> {
    const took = await forSeconds(1, callers, (index) => this.#store.events.append(commitOf(index)));
    this.rates.push(took.length);
  }

  async close(): Promise<void> {
    await this.#store.close();
    const appended = this.rates.reduce((sum, rate) => sum + rate, 0);
    await requireRows(this.#url, "millrace.events", appended);
  }
}

function tell(held: Course, control: Course): void {
  console.log(
    `\nAppends of ${callers} callers around a transaction that is held open, next to a log without (events/s, medians of seconds)`,
  );
  const opened = warmUpSeconds + beforeSeconds;
  const ended = opened + heldSeconds;
  const ratios = new Map<string, number>();
  for (const [name, from, to] of [
    [`${beforeSeconds} s before`, warmUpSeconds, opened],
    [`the first ${heldSeconds / 2} s`, opened, opened + heldSeconds / 2],
    [`the last ${heldSeconds / 2} s of ${heldSeconds}`, opened + heldSeconds / 2, ended],
    [`${afterSeconds} s after`, ended, ended + afterSeconds],
  ] as const) {
    const seconds = held.rates.slice(from, to);
    const controls = control.rates.slice(from, to);
    const ratio = median(seconds.map((rate, second) => rate / (controls[second] ?? Number.NaN)));
    ratios.set(name, ratio);
    const [rate, controlRate] = [seconds, controls].map((rates) =>
      Math.round(median(rates)).toLocaleString("en-US").padStart(12),
    );
    console.log(
      `  ${name.padEnd(44)} ${rate} ${controlRate}   [ratio of the same seconds ${ratio.toFixed(2)}]`,
    );
  }
  const last = ratios.get(`the last ${heldSeconds / 2} s of ${heldSeconds}`) ?? Number.NaN;
  const before = ratios.get(`${beforeSeconds} s before`) ?? Number.NaN;
  judge("held / without, as before it was opened", last / before, 0.9, "at least");
}
