import { spawnSync } from "node:child_process";
import { killAmongMany } from "../crash/kill-among-many.ts";
import { killRounds, killRoundsOnSqlite, killRoundsWithFunction } from "../crash/kill-rounds.ts";
import { makeServer } from "../postgres/server.ts";

// The long forms of what `npm test` does in short: the same code with more rounds and other seeds.
const [rounds = "50", seed = String(Math.floor(Math.random() * 1e6))] = process.argv.slice(2);
console.log(`Killing with -9, ${rounds} rounds, seed ${seed}`);
console.log("On SQLite:");
await killRoundsOnSqlite(Number(rounds), Number(seed), console.log);
console.log("On SQLite, with a policy in a function that is killed, too:");
await killRoundsWithFunction(Number(rounds), Number(seed), console.log);
console.log("On PostgreSQL:");
await onServer((place) => killRounds(place, Number(rounds), Number(seed), console.log));
console.log("One of eight processes on PostgreSQL, a second after the other:");
await onServer((place) =>
  killAmongMany({
    place,
    seed: Number(seed),
    processes: 8,
    kills: Number(rounds) * 4,
    between: { ms: 1000 },
    report: console.log,
  }),
);
console.log("No acknowledged event lost, no row wrong, no effect twice.");

/** With a PostgreSQL server of its own. */
async function onServer(run: (url: string) => Promise<void>): Promise<void> {
  const server = await makeServer();
  try {
    await run(server.url);
  } finally {
    await server.remove();
  }
}

/** Runs what is named so in a folder's tests, at the length that the variable says. */
function runLong(
  what: string,
  folders: readonly string[],
  name: string,
  variable: string,
  count: number,
): void {
  console.log(`\n${count.toLocaleString("en-US")} ${what}`);
  const { status } = spawnSync(
    "npx",
    ["vitest", "run", ...folders, "--typecheck.enabled=false", "--testTimeout", "600000", "-t", name],
    { stdio: "inherit", env: { ...process.env, [variable]: String(count) } },
  );
  if (status !== 0) process.exitCode = 1;
}

runLong(
  "kills among the services of the online store, on each database",
  ["test/services/online-store"],
  "books",
  "MILLRACE_STORE_KILLS",
  Number(rounds),
);
runLong("malformed requests", ["test/http"], "malformed", "MILLRACE_FUZZ", 10_000);
runLong("seeds of random use", ["src/stores", "test/postgres/conformance"], "random", "MILLRACE_SEEDS", 100);
