import { expect, test } from "vitest";
import { printable, table } from "./output.ts";

test("a table aligns numbers to the right and all else to the left", () => {
  expect(
    table(
      ["NAME", "LAG"],
      [
        ["accounts", 12345],
        ["a", 0],
      ],
    ),
  ).toBe(["NAME         LAG", "accounts  12,345", "a              0"].join("\n"));
});

test("a table without rows is its headings", () => {
  expect(table(["NAME", "LAG"], [])).toBe("NAME  LAG");
});

test("text from elsewhere does not command the terminal", () => {
  expect(printable("a\u001b[2Jb\nc\u009bd")).toBe("a\\x1b[2Jb\\x0ac\\x9bd");
  expect(table(["NAME"], [["a\u001b[31m"]])).not.toContain("\u001b");
});
