import type { TestProject } from "vitest/node";
import { makeServer } from "./server.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** A PostgreSQL server that all tests share; each makes schemas of its own. */
    readonly postgresUrl: string;
  }
}

/** Starts a server before the tests and ends it after them, unless TEST_POSTGRES_URL names one. */
export default async function setup({ provide }: TestProject): Promise<(() => Promise<void>) | undefined> {
  const given = process.env.TEST_POSTGRES_URL;
  if (given !== undefined && given !== "") {
    provide("postgresUrl", given);
    return undefined;
  }
  const server = await makeServer();
  provide("postgresUrl", server.url);
  return () => server.remove();
}
