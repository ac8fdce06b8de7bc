import { randomUUID } from "node:crypto";
import { inject } from "vitest";

/** A schema that nobody uses yet, on the server that all tests share. */
export function freshSchema(): { readonly url: string; readonly schema: string } {
  return { url: inject("postgresUrl"), schema: `test_${randomUUID()}` };
}
