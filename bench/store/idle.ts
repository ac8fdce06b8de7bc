import { serviceNames } from "../../examples/online-store/traffic/store-client.ts";
import { openGround, rowsOf } from "../postgres/ground.ts";
import { type RunningStore, stocked, withStore } from "./running-store.ts";

const seconds = 30;

/** What five services do among each other, and with their database, while nobody wants anything of them. */
export async function idleCases(): Promise<void> {
  const ground = await openGround();
  try {
    await ground.inFreshDatabase((url) => withStore("five processes", (store) => measure(store, url), url));
  } finally {
    await ground.remove();
  }
}

async function measure(store: RunningStore, url: string): Promise<void> {
  await stocked(store);
  // Until the trade has settled.
  await new Promise((resolve) => setTimeout(resolve, 15_000));
  const before = { requests: await requests(store), transactions: await transactions(url) };
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  const after = { requests: await requests(store), transactions: await transactions(url) };
  console.log(`\nIdle for ${seconds} s, five processes on PostgreSQL`);
  for (const name of serviceNames) {
    const made = ((after.requests.get(name) ?? 0) - (before.requests.get(name) ?? 0)) / seconds;
    console.log(`  ${`requests/s answered by ${name}`.padEnd(44)} ${made.toFixed(2).padStart(8)}`);
  }
  const made = (after.transactions - before.transactions) / seconds;
  console.log(`  ${"transactions/s in the database, of all".padEnd(44)} ${made.toFixed(2).padStart(8)}`);
}

/** Requests that each service has answered, without those for its metrics. */
async function requests({ urls }: RunningStore): Promise<ReadonlyMap<string, number>> {
  const found = new Map<string, number>();
  for (const name of serviceNames) {
    const text = await (await fetch(`${urls[name]}/metrics`)).text();
    const counted = [...text.matchAll(/^millrace_http_requests_total\{(.*)\} (\d+)$/gm)]
      .filter(([, labels = ""]) => !labels.includes('route="/metrics"'))
      .reduce((sum, [, , count = ""]) => sum + Number(count), 0);
    found.set(name, counted);
  }
  return found;
}

async function transactions(url: string): Promise<number> {
  const [row] = await rowsOf<{ readonly count: string }>(
    url,
    "SELECT xact_commit + xact_rollback AS count FROM pg_stat_database WHERE datname = current_database()",
  );
  return Number(row?.count);
}
