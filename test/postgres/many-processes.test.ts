import { test } from "vitest";
import { killAmongMany } from "../crash/kill-among-many.ts";
import { freshDatabase } from "./fresh-database.ts";

test("G1, G2, G3, G4, G5, G6, G7: eight processes over one database, of which one after the other is killed with -9", {
  timeout: 120_000,
}, async () => {
  await killAmongMany({
    place: await freshDatabase(),
    seed: 20_262,
    processes: 8,
    kills: 5,
    between: { answers: 150 },
  });
});
