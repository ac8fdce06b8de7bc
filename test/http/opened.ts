import { afterAll, beforeAll } from "vitest";
import type { HttpOptions } from "../../src/http/index.ts";
import type { Service } from "../../src/index.ts";
import { Client, type OpenedHttp, type OpenHttp } from "./client.ts";

/** A service for the tests of one `describe`: opened before them, closed after. */
export function opened(open: OpenHttp, service: Service, options?: HttpOptions) {
  let now: OpenedHttp | undefined;
  beforeAll(async () => {
    now = await open(service, options);
  });
  afterAll(() => now?.close());
  const it = () => {
    if (now === undefined) throw new Error("The service is opened before the tests and closed after them.");
    return now;
  };
  return { client: (headers = {}) => new Client(it(), headers), runtime: () => it().runtime };
}
