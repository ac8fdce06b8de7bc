import { readFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { MillraceError } from "../../errors/millrace-error.ts";
import type { DeclaredFunction } from "../declared-functions.ts";
import { declaredFunctions } from "../declared-functions.ts";
import type { LoadedConfig } from "../load-config.ts";

export const deployPlatforms = ["aws", "cloudflare", "gcp", "kubernetes"] as const;

export type DeployPlatform = (typeof deployPlatforms)[number];

/** What the files of a deployment are made of. */
export interface DeployFacts {
  readonly service: string;
  /** The configuration, as the files name it. */
  readonly config: string;
  /** From the folder of the files to that of the configuration. */
  readonly toRoot: string;
  /** From there, too: the module that exports the service, and its name in it. */
  readonly source: { readonly module: string; readonly exported: string };
  /** Whether the configuration lets everybody in. */
  readonly isOpen: boolean;
  readonly functions: readonly DeclaredFunction[];
  /** Other services that it reaches. */
  readonly services: readonly string[];
  /** Those of them that refer to aggregates of this one. */
  readonly referrers: readonly string[];
  /** Whether it needs a relay for other services. */
  readonly publishes: boolean;
  /** The processors that one process at a time works on, however many there are. */
  readonly lone: readonly string[];
}

/** The facts for files in `out`. Rejects with `configuration-invalid` where the configuration does not import its service. */
export async function deployFacts(loaded: LoadedConfig, out: string): Promise<DeployFacts> {
  const { service, auth, services = {}, referrers = [] } = loaded.config;
  const { publications, views, projections, uses } = service.definition;
  const used = uses.map(({ contract }) => contract.name);
  return {
    service: service.name,
    config: path.basename(loaded.file),
    toRoot: relative(out, loaded.folder),
    source: await sourceOf(loaded, out),
    isOpen: auth === "none",
    functions: declaredFunctions(loaded).filter(({ settings }) => settings.takes === "events"),
    services: [...new Set([...used, ...Object.keys(services), ...referrers])],
    referrers,
    publishes: publications.length > 0,
    lone: [...views.filter(({ key }) => key !== undefined), ...projections].map(({ name }) => name),
  };
}

/** A function must not bring along what runs processes, so it imports the service and not the configuration. */
async function sourceOf({ config, file, folder }: LoadedConfig, out: string): Promise<DeployFacts["source"]> {
  for (const [, specifier = ""] of readFileSync(file, "utf8").matchAll(/\bfrom\s*["'](\.[^"']*)["']/g)) {
    const imported = path.resolve(folder, specifier);
    const module = (await import(pathToFileURL(imported).href)) as Readonly<Record<string, unknown>>;
    for (const [exported, value] of Object.entries(module)) {
      if (value === config.service) return { module: relative(out, imported), exported };
    }
  }
  throw new MillraceError(
    "configuration-invalid",
    `${path.basename(file)} does not import its service; expected a module of its own that exports it, which functions import, too.`,
  );
}

function relative(from: string, to: string): string {
  const found = path.relative(from, to).split(path.sep).join("/");
  return found.startsWith(".") ? found : `./${found}`;
}

/** The functions that are built for a platform. */
export function functionsFor(
  { functions }: DeployFacts,
  platform: DeclaredFunction["settings"]["platform"],
): readonly DeclaredFunction[] {
  return functions.filter(({ settings }) => settings.platform === platform);
}

/** `send-receipts` as `SendReceipts`. */
export function pascalCase(name: string): string {
  return name.replaceAll(/(?:^|-)([a-z0-9])/g, (_match, letter: string) => letter.toUpperCase());
}

/** `send-receipts` as `SEND_RECEIPTS`. */
export function upperCase(name: string): string {
  return name.toUpperCase().replaceAll("-", "_");
}

/** How an entry point connects the functions: their settings, without addresses and secrets. */
export function functionSettings({ functions }: DeployFacts): string {
  const lines = functions.map(
    ({ name, settings: { timeoutSeconds, concurrency, batchSize } }) =>
      `  "${name}": { timeoutSeconds: ${timeoutSeconds}, concurrency: ${concurrency}, batchSize: ${batchSize} },\n`,
  );
  return `{\n${lines.join("")}}`;
}

/** What an entry point imports of the service and of `millrace/fetch`. */
export function importsOf({ source, functions, services, isOpen }: DeployFacts): {
  readonly sides: string;
  readonly service: string;
} {
  const names = [
    ...(isOpen ? [] : ["bearerTokens"]),
    "commands",
    ...(functions.length === 0 ? [] : ["connectFunctions"]),
    ...(services.length === 0 ? [] : ["connectServices"]),
    ...["feed", "fetchHandler", "health", "openApi", "processors", "queries"],
  ];
  const line = `import { ${names.join(", ")} } from "millrace/fetch";`;
  const lines = `import {\n${names.map((name) => `  ${name},\n`).join("")}} from "millrace/fetch";`;
  const { exported, module } = source;
  return {
    sides: line.length <= 110 ? line : lines,
    service: `import ${exported === "default" ? "service" : exported === "service" ? "{ service }" : `{ ${exported} as service }`} from "${module}";`,
  };
}

/** How an entry point reaches other services: `env` is where their addresses are. */
export function connectionsOf({ services, referrers }: DeployFacts, env: string): string {
  if (services.length === 0) return "";
  const asked = referrers.length === 0 ? "" : `    referrers: ${JSON.stringify(referrers)},\n`;
  return `    services: connectServices({}, ${env}),\n${asked}`;
}

/** Where other services are, for whoever deploys to fill in: NAME=URL, with commas. */
export function addressesOf({ services }: DeployFacts): string {
  return services.map((name) => `${name}=https://${name}.example`).join(",");
}

/** Who gets in, as an entry point says it: `env` is where its settings are. */
export function authOf({ isOpen }: DeployFacts, env: string): string {
  return isOpen
    ? `"none"`
    : `bearerTokens({
      jwksUrl: ${env}.JWKS_URL ?? "",
      issuer: ${env}.TOKEN_ISSUER ?? "",
      audience: ${env}.TOKEN_AUDIENCE ?? "",
    })`;
}
