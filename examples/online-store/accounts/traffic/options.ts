import { parseArgs } from "node:util";

export interface TrafficOptions {
  readonly url: string;
  /** Commands per second; undefined: each caller sends its next command at once. */
  readonly rate: number | undefined;
  /** Callers, each waiting for its answer before it goes on. */
  readonly concurrency: number;
  readonly durationMs: number;
  /** The most commands to send. */
  readonly commands: number;
  /** The share of accepted commands after which the view is read with their token. */
  readonly sample: number;
  readonly json: boolean;
}

export const usage = `Plays the traffic of an online store's customers on the account service.

  npm run traffic -- [options]

  --url URL           where the service answers   (default http://127.0.0.1:3000)
  --rate N            commands per second, or "max"         (default 200)
  --concurrency N     callers at once                       (default 16)
  --duration SECONDS                                        (default 10)
  --commands N        end after so many commands
  --sample SHARE      how often to check that a view shows what was just written  (default 0.1)
  --json              print the report as JSON
  --allow-remote      also play on a service that is not on this machine

Ends with 0 if every answer was as expected, 1 if one was not, 2 if the options are wrong.`;

export function parseOptions(
  args: readonly string[],
): TrafficOptions | "help" | { readonly mistake: string } {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        url: { type: "string", default: "http://127.0.0.1:3000" },
        rate: { type: "string", default: "200" },
        concurrency: { type: "string", default: "16" },
        duration: { type: "string", default: "10" },
        commands: { type: "string" },
        sample: { type: "string", default: "0.1" },
        json: { type: "boolean", default: false },
        "allow-remote": { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    });
    if (values.help) return "help";
    return {
      url: urlOf(values.url, values["allow-remote"]),
      rate: values.rate === "max" ? undefined : positive("rate", values.rate),
      concurrency: Math.ceil(positive("concurrency", values.concurrency)),
      durationMs: positive("duration", values.duration) * 1000,
      commands:
        values.commands === undefined ? Number.POSITIVE_INFINITY : positive("commands", values.commands),
      sample: share(values.sample),
      json: values.json,
    };
  } catch (error) {
    return { mistake: error instanceof Error ? error.message : String(error) };
  }
}

/** Traffic on somebody else's machine must be meant: it is load, and it leaves accounts behind. */
function urlOf(text: string, allowRemote: boolean): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new Error(`--url must be an http or https address; found ${JSON.stringify(text)}.`);
  }
  const onThisMachine = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname);
  if (!onThisMachine && !allowRemote) {
    throw new Error(`${url.hostname} is not this machine; add --allow-remote if it is meant.`);
  }
  return url.href.replace(/\/$/, "");
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new Error(`--${name} must be a number above 0; found ${JSON.stringify(text)}.`);
}

function share(text: string): number {
  const value = Number(text);
  if (text !== "" && value >= 0 && value <= 1) return value;
  throw new Error(`--sample must be a number from 0 to 1; found ${JSON.stringify(text)}.`);
}
