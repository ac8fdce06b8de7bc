import { expect, test } from "vitest";
import { sampleCommit } from "../../src/testing/conformance/sample-commit.ts";
import { opened, scratchFile } from "./scratch-file.ts";

test("a read by tag finds what another store appended to the file, however much of the log is in memory", async () => {
  const path = scratchFile();
  const [a, b] = [await opened(path), await opened(path)];
  const tagged = (stream: string) => sampleCommit({ stream, events: [{ tags: ["wanted:1"] }] });
  await a.events.readLog({ after: 0, limit: 10 });
  await a.events.append(tagged("a-1"));
  await b.events.append(tagged("b-1"));
  const { events, through } = await a.events.readLog({ after: 0, limit: 10, tag: "wanted:1" });
  expect(events.map(({ stream }) => stream)).toEqual(["a-1", "b-1"]);
  expect(through).toEqual(await b.events.head());
});

test("a read by tag goes to the head of the log in one page, across more positions than are looked through at once", async () => {
  const { events } = await opened(scratchFile());
  for (let index = 0; index < 21; index++)
    await events.append(sampleCommit({ stream: "other-1", events: 1000 }));
  await events.append(sampleCommit({ stream: "wanted-1", events: [{ tags: ["wanted:1"] }] }));
  const head = await events.head();
  for (const after of [0, 20_000]) {
    const page = await events.readLog({ after, limit: 2, tag: "wanted:1" });
    expect(page.events.map(({ position }) => position)).toEqual([21_001]);
    expect(page.through).toEqual(head);
  }
  expect(await events.readLog({ after: 0, limit: 2, tag: "nobody:1" })).toEqual({
    events: [],
    through: head,
  });
});
