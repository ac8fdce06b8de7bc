import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { register } from "tsx/esm/api";
import { MillraceError } from "../errors/millrace-error.ts";
import type { Config } from "../hosts/node/index.ts";
import { findConfig } from "./find-config.ts";

export interface LoadedConfig {
  readonly config: Config;
  readonly file: string;
  /** From where relative paths in it count. */
  readonly folder: string;
}

/** Every field, so that one that is misspelt is found. */
const fields = {
  service: true,
  auth: true,
  port: true,
  host: true,
  database: true,
  roles: true,
  logLevel: true,
  services: true,
  keepCommandsForDays: true,
  maxBodyBytes: true,
  operatorRole: true,
  cors: true,
} as const satisfies Record<keyof Config, true>;

/**
 * Loads the configuration and with it the service; TypeScript through tsx, which also tells `onImport` of each file of
 * the service before it runs. Rejects with `configuration-invalid`, and with what the service's declarations throw.
 */
export async function loadConfig(
  named: string | undefined,
  onImport?: (file: string) => void,
): Promise<LoadedConfig> {
  const file = findConfig(named);
  if (onImport !== undefined || /\.m?ts$/.test(file)) {
    // Never taken back: a service may import more while it runs.
    register({
      ...(onImport === undefined ? {} : { onImport: (url) => tellOwnFile(url, onImport) }),
    });
  }
  onImport?.(file);
  let module: { readonly default?: unknown };
  try {
    module = (await import(pathToFileURL(file).href)) as typeof module;
  } catch (cause) {
    throw explain(file, cause);
  }
  return { config: checkConfig(file, module.default), file, folder: path.dirname(file) };
}

function tellOwnFile(url: string, tell: (file: string) => void): void {
  if (!url.startsWith("file:")) return;
  const file = fileURLToPath(url.replace(/[?#].*$/, ""));
  if (!file.split(path.sep).includes("node_modules")) tell(file);
}

function checkConfig(file: string, config: unknown): Config {
  const name = path.basename(file);
  if (typeof config !== "object" || config === null || !("service" in config)) {
    throw new MillraceError(
      "configuration-invalid",
      `${name} must export a configuration by default: export default defineConfig({ service, auth: … }).`,
    );
  }
  const unknown = Object.keys(config).find((field) => !(field in fields));
  if (unknown !== undefined) {
    throw new MillraceError(
      "configuration-invalid",
      `${name} sets ${JSON.stringify(unknown)}; expected among ${Object.keys(fields).join(", ")}.`,
    );
  }
  const { service } = config;
  if (typeof service !== "object" || service === null || !("kind" in service) || service.kind !== "service") {
    throw new MillraceError(
      "configuration-invalid",
      `"service" of ${name} must be what service({ … }) returned; found ${typeof service}.`,
    );
  }
  // Checked as far as can be; the settings within are checked where they are resolved.
  return config as Config;
}

/** What the service's own files threw, with the place in them; a Millrace error keeps its code. */
function explain(file: string, cause: unknown): unknown {
  if (cause instanceof Error && cause.name === "MillraceError") return cause;
  const message = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
  const place = cause instanceof Error ? placeIn(path.dirname(file), cause) : undefined;
  return new MillraceError(
    "configuration-invalid",
    `${path.basename(file)} could not be loaded: ${message}${place === undefined ? "" : ` (${place})`}`,
    { cause },
  );
}

/** The first line of the stack that is in the service's folder. */
function placeIn(folder: string, error: Error): string | undefined {
  for (const frame of error.stack?.split("\n").slice(1) ?? []) {
    const place = /\(?((?:file:\/\/)?\/?[^()\s]+:\d+:\d+)\)?$/.exec(frame)?.[1]?.replace("file://", "");
    if (place?.startsWith(folder + path.sep) && !place.includes("node_modules")) {
      return path.relative(folder, place);
    }
  }
  return undefined;
}
