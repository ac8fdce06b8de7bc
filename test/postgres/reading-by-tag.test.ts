import { expect, test } from "vitest";
import { sampleCommit } from "../../src/testing/conformance/sample-commit.ts";
import { freshSchema } from "./fresh-schema.ts";
import { opened } from "./opened.ts";

test("a read by tag finds what another process appended, however much of the log is in memory", async () => {
  const place = freshSchema();
  const [a, b] = [await opened(place), await opened(place)];
  const tagged = (stream: string) => sampleCommit({ stream, events: [{ tags: ["wanted:1"] }] });
  await a.events.readLog({ after: 0, limit: 10 });
  await a.events.append(tagged("a-1"));
  await b.events.append(tagged("b-1"));
  const { events, through } = await a.events.readLog({ after: 0, limit: 10, tag: "wanted:1" });
  expect(events.map(({ stream }) => stream)).toEqual(["a-1", "b-1"]);
  expect(through).toEqual(await b.events.head());
});
