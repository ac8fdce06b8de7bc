import { expect, test } from "vitest";
import { showProgress } from "./progress.ts";

function stream(isTTY: boolean) {
  const written: string[] = [];
  return { written, isTTY, write: (text: string) => written.push(text) > 0 };
}

test("progress is one line, redrawn and cleared in the end", () => {
  const terminal = stream(true);
  const progress = showProgress("Rebuilding accounts", terminal);
  progress.update(2500, 10_000);
  progress.update(2501, 10_000);
  progress.end();
  expect(terminal.written).toEqual(["\r\u001b[2KRebuilding accounts: 2,500 of 10,000 (25%)", "\r\u001b[2K"]);
});

test("progress without a known end is a count", () => {
  const terminal = stream(true);
  showProgress("Checking", terminal).update(1500, undefined);
  expect(terminal.written).toEqual(["\r\u001b[2KChecking: 1,500"]);
});

test("progress says nothing where there is no terminal", () => {
  const pipe = stream(false);
  const progress = showProgress("Exporting", pipe);
  progress.update(1, 2);
  progress.end();
  expect(pipe.written).toEqual([]);
});
