import { MillraceError } from "../../errors/millrace-error.ts";
import type { Connections } from "../../runtime/send-command.ts";
import { httpCommands } from "../../transports/http-commands.ts";
import { httpFeed } from "../../transports/http-feed.ts";
import type { HttpServiceOptions } from "../../transports/http-service.ts";
import type { ServeOptions } from "./config.ts";

/** The ways to other services that a configuration names, each under the environment's. Throws `configuration-invalid`. */
export function connectionsOf(
  configured: NonNullable<ServeOptions["services"]>,
  variable: string | undefined,
): Connections {
  const reached = new Map<string, HttpServiceOptions>();
  for (const [name, service] of Object.entries(configured)) {
    const options = typeof service === "string" ? { url: service } : service;
    reached.set(name, { ...options, url: urlOf(options.url, `"services.${name}" of the configuration`) });
  }
  for (const part of (variable ?? "").split(",").filter((each) => each.trim() !== "")) {
    const [, name = "", url = ""] = /^\s*([a-z][a-z0-9-]*)=(.+?)\s*$/.exec(part) ?? [];
    if (name === "") {
      throw invalid("MILLRACE_SERVICES", "names and URLs, such as accounts=http://accounts:3000", part);
    }
    reached.set(name, { ...reached.get(name), url: urlOf(url, "MILLRACE_SERVICES") });
  }
  return Object.fromEntries(
    [...reached].map(([name, options]) => [
      name,
      { feed: httpFeed(name, options), commands: httpCommands(options) },
    ]),
  );
}

function urlOf(url: unknown, where: string): string {
  const parsed = typeof url === "string" && URL.canParse(url) ? new URL(url) : undefined;
  if (typeof url === "string" && (parsed?.protocol === "http:" || parsed?.protocol === "https:")) return url;
  throw invalid(where, "a URL such as http://accounts:3000", url);
}

function invalid(where: string, expected: string, found: unknown): MillraceError {
  return new MillraceError(
    "configuration-invalid",
    `${where} must be ${expected}; found ${JSON.stringify(found)?.slice(0, 200)}.`,
    { data: { where } },
  );
}
