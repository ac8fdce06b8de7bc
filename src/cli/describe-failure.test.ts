import { expect, test } from "vitest";
import { MillraceError } from "../errors/millrace-error.ts";
import { describeFailure } from "./describe-failure.ts";

const mistake = new MillraceError("configuration-invalid", "PORT must be a port.", {
  cause: new Error("the cause"),
});

test("a user's mistake is one line with the code", () => {
  expect(describeFailure(mistake, false)).toBe("error: PORT must be a port. [configuration-invalid]\n");
});

test("the stack and its causes are shown when asked for", () => {
  const text = describeFailure(mistake, true);
  expect(text).toContain("describe-failure.test.ts");
  expect(text).toContain("caused by Error: the cause");
});

test("an error of another copy of the package is known by its shape", () => {
  const other = Object.assign(new Error("No."), { name: "MillraceError", code: "store-full" });
  expect(describeFailure(other, false)).toBe("error: No. [store-full]\n");
});

test("a fault of our own says how to see more, without a stack", () => {
  const text = describeFailure(new TypeError("x is not a function"), false);
  expect(text).toMatch(/^error: x is not a function\n.*--verbose.*\n$/);
  expect(describeFailure(new MillraceError("internal", "Broken."), false)).toMatch(/--verbose/);
  expect(describeFailure("thrown text", false)).toBe("error: thrown text\n");
});
