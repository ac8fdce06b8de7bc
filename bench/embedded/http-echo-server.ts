import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { z } from "zod";

// The bare limit: Hono on Node, which validates the same body with zod and answers with it.
const body = z.object({ reason: z.string().min(3) });
const app = new Hono();
app.post("/v1/accounts/:id/commands/:command", async (c) => {
  const parsed = body.safeParse(await c.req.json());
  return parsed.success ? c.json(parsed.data) : c.json({ issues: parsed.error.issues }, 422);
});
serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" }, ({ port }) =>
  console.log(`http://127.0.0.1:${port}`),
);
