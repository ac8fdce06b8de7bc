import { type ServedService, serve } from "millrace/node";
import { afterAll, beforeAll, expect, test } from "vitest";
import service from "./service.ts";

/** The whole service over HTTP, with a log in memory. */
let served: ServedService;

beforeAll(async () => {
  const options = { database: "memory:", port: 0, logLevel: "silent" } as const;
  served = await serve(service, options, { env: {}, development: true, signals: false });
});
afterAll(() => served.close());

function send(path: string, data: unknown): Promise<Response> {
  const headers = { "content-type": "application/json" };
  return fetch(served.url + path, { method: "POST", headers, body: JSON.stringify(data) });
}

test("a task that was created and completed is in the view", async () => {
  const created = await send("/v1/tasks", { title: "Paint the fence" });
  expect(created.status).toBe(201);
  const { id } = (await created.json()) as { id: string };

  const completed = await send(`/v1/tasks/${id}/commands/complete-task`, {});
  expect(completed.status).toBe(200);

  // The token proves that the row includes what was just done.
  const token = completed.headers.get("millrace-token") ?? "";
  const row = await fetch(`${served.url}/v1/views/tasks/${id}`, { headers: { "millrace-token": token } });
  expect(await row.json()).toMatchObject({ title: "Paint the fence", status: "DONE", timesReopened: 0 });
});

test("a task is completed once", async () => {
  const { id } = (await (await send("/v1/tasks", { title: "Once" })).json()) as { id: string };
  await send(`/v1/tasks/${id}/commands/complete-task`, {});
  const again = await send(`/v1/tasks/${id}/commands/complete-task`, {});
  expect(again.status).toBe(409);
  expect(await again.json()).toMatchObject({ code: "task-not-open" });
});
