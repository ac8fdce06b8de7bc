import { expect, test } from "vitest";
import { connectionsOf } from "./services-setting.ts";

test("other services are named by the configuration and by the environment", () => {
  const configured = {
    accounts: "http://accounts:3000",
    payments: { url: "https://pay.example", token: "t" },
  };
  expect(Object.keys(connectionsOf(configured, undefined))).toEqual(["accounts", "payments"]);
  expect(Object.keys(connectionsOf(configured, "accounts=http://x:1, order-desk=http://y:2"))).toEqual([
    "accounts",
    "payments",
    "order-desk",
  ]);
  expect(connectionsOf({}, "")).toEqual({});
});

test.each([
  [{ accounts: "accounts:3000" }, undefined, '"services.accounts"'],
  [{ accounts: "" }, undefined, '"services.accounts"'],
  [{}, "accounts", "MILLRACE_SERVICES"],
  [{}, "accounts=ftp://x", "MILLRACE_SERVICES"],
  [{}, "Accounts=http://x", "MILLRACE_SERVICES"],
])("what is no address is refused: %j %j", (configured, variable, where) => {
  expect(() => connectionsOf(configured as never, variable)).toThrow(
    expect.objectContaining({ code: "configuration-invalid", message: expect.stringContaining(where) }),
  );
});
