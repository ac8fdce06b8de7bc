// @ts-check
// A process of its own over a log that another one filled, in plain JavaScript on the built package: what a deployed
// service runs, without the 40 MiB of a TypeScript loader. Writes one line of JSON: events per second, and samples of
// the resident memory in MiB.
import { aggregate, service, startService, view } from "millrace";
import { openPostgres } from "millrace/postgres";
import { openSqlite } from "millrace/sqlite";
import { z } from "zod";

const opened = z.object({ userId: z.number(), accountNumber: z.string() });
const changed = z.object({ reason: z.string() });

const account = aggregate({
  name: "account",
  collection: "accounts",
  state: opened,
  initialState: { userId: 0, accountNumber: "" },
  events: { AccountOpened: opened, AccountSuspended: changed, AccountActivated: changed },
  commands: { OpenAccount: opened },
  creates: "OpenAccount",
  begins: "AccountOpened",
  decide: { OpenAccount: ({ data }, _state, { AccountOpened }) => [AccountOpened(data)] },
  evolve: {
    AccountOpened: (_state, { data }) => data,
    AccountSuspended: (state) => state,
    AccountActivated: (state) => state,
  },
});

const accounts = view({
  name: "accounts",
  from: [account],
  schema: opened.extend({ status: z.string(), changes: z.number(), lastModified: z.number() }),
  indexes: ["userId", "status"],
  on: {
    AccountOpened: (_row, { data, recordedAt }) => ({
      ...data,
      status: "ACTIVE",
      changes: 0,
      lastModified: recordedAt,
    }),
    AccountSuspended: (row, { recordedAt }) =>
      row && { ...row, status: "SUSPENDED", changes: row.changes + 1, lastModified: recordedAt },
    AccountActivated: (row, { recordedAt }) =>
      row && { ...row, status: "ACTIVE", changes: row.changes + 1, lastModified: recordedAt },
  },
});

const [database = "", events = "0"] = process.argv.slice(2);
const store = database.startsWith("sqlite:")
  ? await openSqlite({ path: database.slice("sqlite:".length) })
  : await openPostgres({ url: database });
/** @type {number[]} */
const residentMiB = [];
const timer = setInterval(() => residentMiB.push(Math.round(process.memoryUsage().rss / 2 ** 20)), 100);
const begun = performance.now();
const runtime = await startService(service({ name: "accounts", aggregates: [account], views: [accounts] }), {
  events: store.events,
  state: store.state,
  roles: ["query", "processor"],
});
while ((await runtime.operations.processors()).some(({ lag }) => lag > 0)) {
  await new Promise((resolve) => setTimeout(resolve, 20));
}
const rate = Number(events) / ((performance.now() - begun) / 1000);
clearInterval(timer);
await runtime.stop();
await store.close();
console.log(JSON.stringify({ rate, residentMiB }));
