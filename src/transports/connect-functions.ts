import type { ConnectedFunctions } from "../ports/function-transport.ts";
import { httpFunction } from "./http-function.ts";
import { invalidSetting, namedUrlsIn, requireUrl } from "./named-urls.ts";

/** A policy or process as a function of its own. */
export interface FunctionConfig {
  /**
   * The module that exports it, from the configuration's folder: `millrace functions build` bundles what that imports, and nothing else. Absent:
   * somebody else builds the function.
   */
  readonly from?: string;
  /** What it is built for; default `fetch`, which Bun, Deno and Workers take. */
  readonly platform?: FunctionPlatform;
  /** Where it answers: the relay pushes to `/v1/processors/{name}/events` below it. Absent: it runs in the process. */
  readonly url?: string;
  /** With which the relay signs: `whsec_` and the base64 of 24 to 64 random bytes; several while they are changed. */
  readonly secret?: string | readonly string[];
  /**
   * `events` (default): it is given what it needs, and what it decides is persisted here. `doorbell`: it reaches the database itself, is told
   * that there are events, and drains; then it may be any processor.
   */
  readonly takes?: "events" | "doorbell";
  /** Default 256. */
  readonly memoryMb?: number;
  /** How long one call may take; default 30. */
  readonly timeoutSeconds?: number;
  /** Calls that may be under way at once; default 16. */
  readonly concurrency?: number;
  /** Events of one sequence in one call at most; default 32. */
  readonly batchSize?: number;
}

export const functionPlatforms = ["aws-lambda", "cloudflare", "google-cloud", "fetch"] as const;

export type FunctionPlatform = (typeof functionPlatforms)[number];

/** What a function has unless its configuration says otherwise. */
export const functionDefaults = {
  platform: "fetch",
  takes: "events",
  memoryMb: 256,
  timeoutSeconds: 30,
  concurrency: 16,
  batchSize: 32,
} as const satisfies FunctionConfig;

/**
 * How events are taken to the functions that a configuration, or the environment, gives an address of; `known` are those that the process has
 * in all. Throws `configuration-invalid`.
 */
export function connectFunctions(
  configured: Readonly<Record<string, FunctionConfig>>,
  env: Readonly<Record<string, string | undefined>>,
  known: readonly string[] = Object.keys(configured),
): ConnectedFunctions {
  const urls = namedUrlsIn("MILLRACE_FUNCTIONS", env.MILLRACE_FUNCTIONS);
  const unknown = [...urls.keys()].find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw invalidSetting(
      "MILLRACE_FUNCTIONS",
      `addresses of functions of the configuration, which are ${known.join(", ") || "none"}`,
      unknown,
    );
  }
  return Object.fromEntries(
    Object.entries(configured).flatMap(([name, options]) => {
      const where = `"functions.${name}" of the configuration`;
      const { takes, timeoutSeconds, concurrency, batchSize, ...settings } = checkedFunction(where, options);
      const url = urls.get(name) ?? settings.url;
      if (url === undefined) return [];
      const secret = env.MILLRACE_FUNCTION_SECRET || settings.secret;
      if (secret === undefined) {
        throw invalidSetting(`"secret" of ${where}, or MILLRACE_FUNCTION_SECRET,`, "there", undefined);
      }
      const transport = httpFunction(name, {
        url: requireUrl(url, where),
        secret,
        timeoutMs: timeoutSeconds * 1000,
      });
      return [[name, { transport, takes, concurrency, batchSize }] as const];
    }),
  );
}

/** The settings of a function, all that have a default. */
export type FunctionSettings = FunctionConfig & Required<Pick<FunctionConfig, keyof typeof functionDefaults>>;

/** The settings of one function. Throws `configuration-invalid`. */
export function checkedFunction(where: string, options: FunctionConfig): FunctionSettings {
  const settings = { ...functionDefaults, ...options };
  for (const field of ["memoryMb", "timeoutSeconds", "concurrency", "batchSize"] as const) {
    const value: unknown = settings[field];
    if (!Number.isSafeInteger(value) || (value as number) < 1) {
      throw invalidSetting(`"${field}" of ${where}`, "a whole number of at least 1", value);
    }
  }
  if (!functionPlatforms.includes(settings.platform)) {
    throw invalidSetting(
      `"platform" of ${where}`,
      `one of ${functionPlatforms.join(", ")}`,
      settings.platform,
    );
  }
  if (settings.takes !== "events" && settings.takes !== "doorbell") {
    throw invalidSetting(`"takes" of ${where}`, '"events" or "doorbell"', settings.takes);
  }
  return settings;
}
