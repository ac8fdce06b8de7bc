import { test } from "vitest";
import { freshDatabase } from "../postgres/fresh-database.ts";
import { killRounds, killRoundsOnSqlite, killRoundsWithFunction } from "./kill-rounds.ts";

const promise =
  "G1, G2, G3, G4, G5, G6, G7: killed with -9 at random points under load, five times over one database";

test(`${promise}, on SQLite`, { timeout: 120_000 }, async () => {
  await killRoundsOnSqlite(5, 20_260);
});

test(`${promise}, on PostgreSQL`, { timeout: 120_000 }, async () => {
  await killRounds(await freshDatabase(), 5, 20_261);
});

test(`${promise}, with a policy in a function that is killed, too`, { timeout: 120_000 }, async () => {
  await killRoundsWithFunction(5, 20_262);
});
