import { runEmbedded } from "./embedded/run-embedded.ts";
import { runPostgres } from "./postgres/run-postgres.ts";
import { runServerless } from "./serverless/run-serverless.ts";
import { runStore } from "./store/run-store.ts";

const suites: Readonly<Record<string, (only: readonly string[]) => Promise<void>>> = {
  embedded: runEmbedded,
  postgres: runPostgres,
  store: runStore,
  serverless: runServerless,
};

const [name = "", ...only] = process.argv.slice(2);
const suite = suites[name];
if (suite === undefined) {
  console.error(
    `Usage: npm run bench -- SUITE [CASE ...]; suites: ${Object.keys(suites).join(", ")}; found ${JSON.stringify(name)}.`,
  );
  process.exitCode = 2;
} else {
  await suite(only);
}
