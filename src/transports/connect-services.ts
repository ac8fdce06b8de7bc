import type { Connections } from "../ports/connection.ts";
import { httpCommands } from "./http-commands.ts";
import { httpFeed } from "./http-feed.ts";
import type { HttpServiceOptions } from "./http-service.ts";
import { namedUrlsIn, requireUrl } from "./named-urls.ts";

/** How another service is reached: its base URL, or that with what else a request to it needs. */
export type ServiceConfig = string | HttpServiceOptions;

/**
 * How the services are reached, by name, that a configuration names, or the environment: the addresses in `MILLRACE_SERVICES`, such as
 * `accounts=https://accounts.example,payments=…`, go before those of the configuration. Throws `configuration-invalid`.
 */
export function connectServices(
  configured: Readonly<Record<string, ServiceConfig>>,
  env: Readonly<Record<string, string | undefined>>,
): Connections {
  const reached = new Map<string, HttpServiceOptions>();
  for (const [name, service] of Object.entries(configured)) {
    const options = typeof service === "string" ? { url: service } : service;
    reached.set(name, {
      ...options,
      url: requireUrl(options.url, `"services.${name}" of the configuration`),
    });
  }
  for (const [name, url] of namedUrlsIn("MILLRACE_SERVICES", env.MILLRACE_SERVICES)) {
    reached.set(name, { ...reached.get(name), url });
  }
  return Object.fromEntries(
    [...reached].map(([name, options]) => [
      name,
      { feed: httpFeed(name, options), commands: httpCommands(options) },
    ]),
  );
}
