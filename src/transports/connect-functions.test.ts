import { expect, test } from "vitest";
import { connectFunctions } from "./connect-functions.ts";

const secret = `whsec_${btoa("a secret of thirty-two bytes, so")}`;

test("functions with an address are reached there, and the others run in the process", () => {
  const configured = {
    receipts: { url: "https://receipts.example", secret, concurrency: 4 },
    reminders: {},
    reports: { takes: "doorbell" },
  } as const;
  expect(connectFunctions(configured, {})).toEqual({
    receipts: { takes: "events", concurrency: 4, batchSize: 32, transport: expect.anything() as unknown },
  });
  const env = {
    MILLRACE_FUNCTIONS: "reminders=http://x:1, reports=http://y:2",
    MILLRACE_FUNCTION_SECRET: secret,
  };
  expect(connectFunctions(configured, env)).toMatchObject({
    receipts: { takes: "events" },
    reminders: { takes: "events", concurrency: 16 },
    reports: { takes: "doorbell" },
  });
});

test.each([
  [{ a: { url: "receipts" } }, {}, '"functions.a"'],
  [{ a: { url: "http://x" } }, {}, "MILLRACE_FUNCTION_SECRET"],
  [{ a: { url: "http://x", secret: "secret" } }, {}, "whsec_"],
  [{ a: { url: "http://x", secret, concurrency: 0 } }, {}, '"concurrency" of "functions.a"'],
  [{ a: { memoryMb: "much" } }, {}, '"memoryMb" of "functions.a"'],
  [{ a: { platform: "azure" } }, {}, '"platform" of "functions.a"'],
  [{ a: { takes: "calls" } }, {}, '"takes" of "functions.a"'],
  [{ a: {} }, { MILLRACE_FUNCTIONS: "b=http://x" }, "MILLRACE_FUNCTIONS"],
])("what cannot be meant is refused: %j %j", (configured, env, where) => {
  expect(() => connectFunctions(configured as never, env)).toThrow(
    expect.objectContaining({
      code: "configuration-invalid",
      message: expect.stringContaining(where) as string,
    }),
  );
});
