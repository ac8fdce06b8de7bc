import { Hono } from "hono";
import { z } from "zod";

// What a function costs at least: Hono, which validates a body with zod and answers with it.

const body = z.object({ title: z.string().min(1) });
const app = new Hono();
app.post("/v1/tasks", async (c) => {
  const parsed = body.safeParse(await c.req.json());
  return parsed.success ? c.json(parsed.data, 201) : c.json({ issues: parsed.error.issues }, 422);
});
export const handle = (request: Request) => app.fetch(request);
