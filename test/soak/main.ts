import { spawnSync } from "node:child_process";
import { killRounds, killRoundsOnSqlite } from "../crash/kill-rounds.ts";
import { makeServer } from "../postgres/server.ts";

// The long forms of what `npm test` does in short: the same code with more rounds and other seeds.
const [rounds = "50", seed = String(Math.floor(Math.random() * 1e6))] = process.argv.slice(2);
console.log(`Killing with -9, ${rounds} rounds, seed ${seed}`);
console.log("On SQLite:");
await killRoundsOnSqlite(Number(rounds), Number(seed), console.log);
console.log("On PostgreSQL:");
const server = await makeServer();
try {
  await killRounds(server.url, Number(rounds), Number(seed), console.log);
} finally {
  await server.remove();
}
console.log("No acknowledged event lost, no row wrong, no effect twice.");

const malformed = 10_000;
console.log(`\n${malformed.toLocaleString("en-US")} malformed requests`);
const { status } = spawnSync(
  "npx",
  ["vitest", "run", "test/http", "--testTimeout", "600000", "-t", "malformed"],
  {
    stdio: "inherit",
    env: { ...process.env, MILLRACE_FUZZ: String(malformed) },
  },
);
process.exitCode = status ?? 1;
