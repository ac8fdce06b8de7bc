import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { register } from "tsx/esm/api";
import { MillraceError } from "../errors/millrace-error.ts";
import type { Config, TogetherConfig } from "../hosts/node/index.ts";
import { findConfig } from "./find-config.ts";

export interface LoadedConfig<C = Config> {
  readonly config: C;
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
  referrers: true,
  functions: true,
  keepCommandsForDays: true,
  maxBodyBytes: true,
  operatorRole: true,
  cors: true,
} as const satisfies Record<keyof Config, true>;

/** The fields of a configuration that names several services. */
const sharedFields = ["together", ...Object.keys(fields).filter((field) => !ofOne(field))];

/** Whether a field concerns one service of several alone. */
function ofOne(field: string): boolean {
  return ["service", "database", "services", "referrers", "functions", "keepCommandsForDays"].includes(field);
}

/**
 * Loads the configuration of one service; of one that names several, `service` says which is meant. Rejects as `loadConfig` does.
 */
export async function loadService({
  config: named,
  service,
}: {
  readonly config?: string;
  readonly service?: string;
}): Promise<LoadedConfig> {
  const { config, file, folder } = await loadConfig(named);
  const configs = isTogether(config) ? membersOf(config) : [config];
  const names = configs.map((each) => each.service.name);
  const [chosen, ...others] = configs.filter(({ service: { name } }) => (service ?? name) === name);
  if (chosen !== undefined && others.length === 0) return { config: chosen, file, folder };
  throw new MillraceError(
    "configuration-invalid",
    service === undefined
      ? `${path.basename(file)} names several services; expected --service with one of ${names.join(", ")}.`
      : `${path.basename(file)} has no service ${JSON.stringify(service)}; expected one of ${names.join(", ")}.`,
  );
}

/** The configuration of each service: its own where that counts, else what is the same for all. */
function membersOf({ together, ...shared }: TogetherConfig): readonly Config[] {
  return together.map(({ service, ...member }) => ({
    ...shared,
    ...Object.fromEntries(Object.entries(member).filter(([field]) => ofOne(field))),
    // Commands look at one service from outside: the others are where all of them answer.
    services: Object.fromEntries(
      together.map((other) => [other.service.name, `http://localhost:${shared.port ?? 3000}`]),
    ),
    service,
  }));
}

/** Whether a configuration names several services. */
export function isTogether(config: Config | TogetherConfig): config is TogetherConfig {
  return "together" in config;
}

/**
 * Loads the configuration and with it its services; TypeScript through tsx, which also tells `onImport` of each file of
 * theirs before it runs. Rejects with `configuration-invalid`, and with what the services' declarations throw.
 */
export async function loadConfig(
  named: string | undefined,
  onImport?: (file: string) => void,
): Promise<LoadedConfig<Config | TogetherConfig>> {
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

function checkConfig(file: string, config: unknown): Config | TogetherConfig {
  const name = path.basename(file);
  if (typeof config !== "object" || config === null || !("service" in config || "together" in config)) {
    throw new MillraceError(
      "configuration-invalid",
      `${name} must export a configuration by default: export default defineConfig({ service, auth: … }).`,
    );
  }
  // Checked as far as can be; the settings within are checked where they are resolved.
  if (!("together" in config)) {
    requireService(name, config, Object.keys(fields));
    return config as Config;
  }
  requireFields(name, config, sharedFields);
  const { together } = config;
  if (!Array.isArray(together) || together.length === 0) {
    throw new MillraceError(
      "configuration-invalid",
      `"together" of ${name} must be a list of configurations, one for each service; found ${JSON.stringify(together) ?? typeof together}.`,
    );
  }
  for (const [index, member] of together.entries()) {
    requireService(`member ${index + 1} of "together" in ${name}`, member, Object.keys(fields));
  }
  return config as TogetherConfig;
}

function requireFields(name: string, config: object, expected: readonly string[]): void {
  const unknown = Object.keys(config).find((field) => !expected.includes(field));
  if (unknown === undefined) return;
  throw new MillraceError(
    "configuration-invalid",
    `${name} sets ${JSON.stringify(unknown)}; expected among ${expected.join(", ")}.`,
  );
}

function requireService(name: string, config: unknown, expected: readonly string[]): void {
  const { service } = (config ?? {}) as { readonly service?: unknown };
  if (typeof service !== "object" || service === null || !("kind" in service) || service.kind !== "service") {
    throw new MillraceError(
      "configuration-invalid",
      `"service" of ${name} must be what service({ … }) returned; found ${typeof service}.`,
    );
  }
  requireFields(name, config as object, expected);
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
