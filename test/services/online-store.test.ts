import { expect, test } from "vitest";
import { freshDatabase } from "../postgres/fresh-database.ts";
import { killStore } from "./kill-store.ts";

const kills = Number(process.env.MILLRACE_STORE_KILLS ?? 5);
const promise = `G1, G4, G5, G6, G7: the books of the store balance after ${kills} kills with -9 under traffic`;
/** A start takes seconds on a busy machine, and an order that waits for its deadline 20. */
const timeout = 120_000 + kills * 15_000;

test(`${promise}, on SQLite`, { timeout }, () => playAndKill());

test(`${promise}, on PostgreSQL`, { timeout }, async () => playAndKill(await freshDatabase()));

async function playAndKill(postgres?: string): Promise<void> {
  const seed = Math.floor(Math.random() * 1e6);
  const { books, toldRevenue } = await killStore({
    kills,
    seed,
    ...(postgres === undefined ? {} : { postgres }),
    // In a long run somebody watches.
    ...(kills > 5 ? { report: console.log } : {}),
  });
  if (kills > 5) console.log(JSON.stringify(books));
  expect(books.mistakes, `seed ${seed}`).toEqual([]);
  expect(books.succeeded, `seed ${seed}`).toBeGreaterThan(0);
  expect(toldRevenue, `seed ${seed}`).toBe(books.revenue);
}
