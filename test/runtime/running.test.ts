import { expect, test } from "vitest";
import { eventually } from "./running.ts";

test("what is waited for in vain is told before the time of the test is over", {
  timeout: 2000,
}, async () => {
  await expect(
    eventually(
      () => "nothing",
      (found) => found === "something",
    ),
  ).rejects.toThrow('waited in vain; last found "nothing"');
});
