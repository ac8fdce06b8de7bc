import { fileURLToPath } from "node:url";
import { type MessageBatch, worker } from "millrace/cloudflare";
import { expect, test } from "vitest";
import { type AccountHost, accountSuite } from "./account-suite.ts";
import { startWorker } from "./workerd/workerd.ts";

accountSuite("Cloudflare Workers, in a Durable Object", async (): Promise<AccountHost> => {
  const accounts = await startWorker(
    fileURLToPath(new URL("./workerd/accounts-worker.ts", import.meta.url)),
    {
      durableObjects: { ACCOUNTS: { className: "Accounts", useSQLite: true } },
    },
  );
  return {
    fetch: async (path, init) =>
      (await accounts.dispatchFetch(`http://accounts${path}`, init as never)) as unknown as Response,
    close: () => accounts.dispose(),
  };
});

test("messages of a queue have done what they name, and come again where it is not done", async () => {
  const drained: unknown[] = [];
  const { queue } = worker({
    fetch: async () => new Response(),
    drain: async ({ processors }) => {
      drained.push(processors);
      if (processors?.includes("unknown")) throw new Error("no such processor");
      return { caughtUp: processors?.includes("slow") !== true };
    },
  });
  const fate: string[] = [];
  const bodies = [
    {},
    { processors: ["receipts"] },
    { processors: ["slow"] },
    { processors: ["unknown"] },
    { processors: 1 },
  ];
  const batch: MessageBatch = {
    messages: bodies.map((body) => ({ body, ack: () => fate.push("ack"), retry: () => fate.push("retry") })),
  };
  await queue(batch, {});
  expect(drained).toEqual([undefined, ["receipts"], ["slow"], ["unknown"]]);
  expect(fate).toEqual(["ack", "ack", "retry", "retry", "retry"]);
});

test("a Worker without processors says so when it is to drain them", async () => {
  const { scheduled } = worker({ fetch: async () => new Response() });
  await expect(scheduled({}, {})).rejects.toMatchObject({ code: "configuration-invalid" });
});
