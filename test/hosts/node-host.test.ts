import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { serve } from "millrace/node";
import accounts from "../../examples/online-store/accounts/service.ts";
import { accountSuite } from "./account-suite.ts";

accountSuite("Node", async () => {
  const folder = mkdtempSync(join(tmpdir(), "millrace-host-"));
  const { url, close } = await serve(
    accounts,
    { auth: "none", port: 0, database: `sqlite:${join(folder, "accounts.db")}`, logLevel: "error" },
    { signals: false },
  );
  return {
    fetch: (path, init) => fetch(`${url}${path}`, init),
    async close() {
      await close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
});
