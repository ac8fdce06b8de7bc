import { test } from "vitest";
import { killRounds } from "./kill-rounds.ts";

test("G1, G2, G3, G5, G7: killed with -9 at random points under load, five times over one database", {
  timeout: 120_000,
}, async () => {
  await killRounds(5, 20_260);
});
