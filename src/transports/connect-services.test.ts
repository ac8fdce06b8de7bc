import { expect, test } from "vitest";
import { connectServices } from "./connect-services.ts";

test("other services are named by the configuration and by the environment", () => {
  const configured = {
    accounts: "http://accounts:3000",
    payments: { url: "https://pay.example", token: "t" },
  };
  expect(Object.keys(connectServices(configured, {}))).toEqual(["accounts", "payments"]);
  expect(
    Object.keys(
      connectServices(configured, { MILLRACE_SERVICES: "accounts=http://x:1, order-desk=http://y:2" }),
    ),
  ).toEqual(["accounts", "payments", "order-desk"]);
  expect(connectServices({}, { MILLRACE_SERVICES: "" })).toEqual({});
});

test.each([
  [{ accounts: "accounts:3000" }, undefined, '"services.accounts"'],
  [{ accounts: "" }, undefined, '"services.accounts"'],
  [{}, "accounts", "MILLRACE_SERVICES"],
  [{}, "accounts=ftp://x", "MILLRACE_SERVICES"],
  [{}, "Accounts=http://x", "MILLRACE_SERVICES"],
])("what is no address is refused: %j %j", (configured, variable, where) => {
  expect(() => connectServices(configured as never, { MILLRACE_SERVICES: variable })).toThrow(
    expect.objectContaining({ code: "configuration-invalid", message: expect.stringContaining(where) }),
  );
});
