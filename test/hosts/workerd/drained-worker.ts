import { worker } from "millrace/cloudflare";

// Tells what it was called to drain.

const drained: unknown[] = [];

export default worker({
  fetch: async () => Response.json(drained),
  drain: async ({ processors = "all" }) => {
    drained.push(processors);
    return { caughtUp: true };
  },
});
