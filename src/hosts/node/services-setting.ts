import type { Connections } from "../../runtime/send-command.ts";
import { httpCommands } from "../../transports/http-commands.ts";
import { httpFeed } from "../../transports/http-feed.ts";
import type { HttpServiceOptions } from "../../transports/http-service.ts";
import { namedUrlsIn, requireUrl } from "../../transports/named-urls.ts";
import type { ServeOptions } from "./config.ts";

/** The ways to other services that a configuration names, each under the environment's. Throws `configuration-invalid`. */
export function connectionsOf(
  configured: NonNullable<ServeOptions["services"]>,
  variable: string | undefined,
): Connections {
  const reached = new Map<string, HttpServiceOptions>();
  for (const [name, service] of Object.entries(configured)) {
    const options = typeof service === "string" ? { url: service } : service;
    reached.set(name, {
      ...options,
      url: requireUrl(options.url, `"services.${name}" of the configuration`),
    });
  }
  for (const [name, url] of namedUrlsIn("MILLRACE_SERVICES", variable)) {
    reached.set(name, { ...reached.get(name), url });
  }
  return Object.fromEntries(
    [...reached].map(([name, options]) => [
      name,
      { feed: httpFeed(name, options), commands: httpCommands(options) },
    ]),
  );
}
