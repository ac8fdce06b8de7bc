import { expect, test } from "vitest";
import { stores } from "../runtime/running.ts";

test("whoever reads page after page leaves the event loop to others", async () => {
  const opened = await stores.find(({ name }) => name === "sqlite")?.open();
  if (opened === undefined) throw new Error("no SQLite store");
  const event = {
    type: "Added",
    data: { text: "x".repeat(200) },
    schemaVersion: 1,
    metadata: { correlationId: "c", depth: 0 },
    tags: [],
  };
  const events = Array.from({ length: 2000 }, (_, index) => ({ ...event, id: `e${index}` }));
  await opened.events.append({
    command: { id: "c", fingerprint: "" },
    appends: [{ stream: "list-1", expected: "none", events }],
  });
  let others = 0;
  const other = () => {
    others++;
    timer = setTimeout(other, 0);
  };
  let timer = setTimeout(other, 0);
  // Without a pause of the store's own, this loop never leaves the one turn of the event loop that it began in.
  for (let page = 0; page < 100; page++) await opened.events.readLog({ after: 0, limit: 2000 });
  clearTimeout(timer);
  expect(others).toBeGreaterThan(3);
});
