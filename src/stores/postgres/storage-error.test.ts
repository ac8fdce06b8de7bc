import { expect, test } from "vitest";
import { connectionError, storageError } from "./storage-error.ts";

test("a name whose addresses all refuse is told with each of them", () => {
  const refused = ["::1", "127.0.0.1"].map((address) => new Error(`connect ECONNREFUSED ${address}:1`));
  const error = storageError(connectionError(new AggregateError(refused), "db"), "db");
  expect(error.code).toBe("store-unavailable");
  expect(error.message).toContain("connect ECONNREFUSED ::1:1; connect ECONNREFUSED 127.0.0.1:1");
});
