import {
  addressesOf,
  authOf,
  connectionsOf,
  type DeployFacts,
  functionSettings,
  functionsFor,
  importsOf,
  pascalCase,
  upperCase,
} from "./deploy-facts.ts";

/** A service on Cloudflare Workers: a Worker, and a Durable Object with SQLite that holds the service. */
export function cloudflareFiles(facts: DeployFacts): Readonly<Record<string, string>> {
  return {
    "wrangler.jsonc": wrangler(facts),
    "worker.ts": entry(facts),
    ...Object.fromEntries(
      functionsFor(facts, "cloudflare").map(({ name }) => [
        `${name}.wrangler.jsonc`,
        functionWrangler(facts, name),
      ]),
    ),
  };
}

function wrangler(facts: DeployFacts): string {
  const { service, functions } = facts;
  const secret = functions.length === 0 ? "" : "\n//   npx wrangler secret put MILLRACE_FUNCTION_SECRET";
  return `// Service ${service} on Cloudflare Workers: one Worker is one deployable unit.
//
//   npx wrangler deploy${secret}
{
  "$schema": "node_modules/wrangler/config-schema.json",
  "name": "${service}",
  "main": "worker.ts",
  "compatibility_date": "2026-04-01",
  // The object holds the log, the views and all else of the service, and is its single writer.
  "durable_objects": {
    "bindings": [{ "name": "${upperCase(service)}", "class_name": "${pascalCase(service)}" }]
  },
  "migrations": [{ "tag": "v1", "new_sqlite_classes": ["${pascalCase(service)}"] }],
${schedule(facts)}${variables(facts)}  "observability": { "enabled": true }
}
`;
}

/** The object wakes itself, but for what comes from outside. */
function schedule({ services }: DeployFacts): string {
  if (services.length === 0) return "";
  return `  // The object wakes itself for deadlines and retries. The schedule is for the feeds of other services.
  "triggers": { "crons": ["* * * * *"] },
`;
}

/** What its entry point reads, but for secrets. */
function variables(facts: DeployFacts): string {
  const { service, services, functions, isOpen } = facts;
  const set = {
    ...(isOpen
      ? {}
      : {
          JWKS_URL: "https://id.example/jwks.json",
          TOKEN_ISSUER: "https://id.example/",
          TOKEN_AUDIENCE: service,
        }),
    ...(services.length === 0 ? {} : { MILLRACE_SERVICES: addressesOf(facts) }),
    ...(functions.length === 0
      ? {}
      : {
          MILLRACE_FUNCTIONS: functions
            .map(({ name, settings }) => `${name}=${settings.url ?? `https://${service}-${name}.example`}`)
            .join(","),
        }),
  };
  const lines = Object.entries(set).map(([name, value]) => `    "${name}": "${value}"`);
  return lines.length === 0
    ? ""
    : `  // Where what it reaches is: set these.\n  "vars": {\n${lines.join(",\n")}\n  },\n`;
}

function entry(facts: DeployFacts): string {
  const { service, functions, services, isOpen } = facts;
  const pushes = functions.length > 0;
  const reaches = services.length > 0;
  const imports = importsOf(facts);
  const usesEnv = pushes || reaches || !isOpen;
  const tokens = `  readonly JWKS_URL?: string;
  readonly TOKEN_ISSUER?: string;
  readonly TOKEN_AUDIENCE?: string;
`;
  const addresses = `  /** Where the functions are: NAME=URL, with commas. */
  readonly MILLRACE_FUNCTIONS?: string;
  readonly MILLRACE_FUNCTION_SECRET?: string;
`;
  return `import { durableService, inObject, type ObjectNamespace, objectOf, worker } from "millrace/cloudflare";
${imports.sides}
${imports.service}

interface Env {
  readonly ${upperCase(service)}: ObjectNamespace;
${isOpen ? "" : tokens}${reaches ? "  readonly MILLRACE_SERVICES?: string;\n" : ""}${pushes ? addresses : ""}}
${pushes ? `\nconst functions = ${functionSettings(facts)};\n` : ""}
/** The service, in the one object that holds it. */
export const ${pascalCase(service)} = durableService((storage, ${usesEnv ? "env" : "_env"}: Env) =>
  fetchHandler(service, {
    ...inObject(storage),
    sides: [commands, queries, processors, feed, health, openApi],
    auth: ${authOf(facts, "env")},
${connectionsOf(facts, "{ MILLRACE_SERVICES: env.MILLRACE_SERVICES }")}${
  pushes
    ? `    functions: connectFunctions(functions, {
      MILLRACE_FUNCTIONS: env.MILLRACE_FUNCTIONS,
      MILLRACE_FUNCTION_SECRET: env.MILLRACE_FUNCTION_SECRET,
    }),
`
    : ""
}  }),
);

export default worker((env: Env) => objectOf(env.${upperCase(service)}));
`;
}

function functionWrangler({ service, toRoot }: DeployFacts, name: string): string {
  return `// ${name} of service ${service}, which events are pushed to: it reaches nothing of the service.
//
//   (cd ${toRoot} && npx millrace functions build ${name})
//   npx wrangler deploy --config ${name}.wrangler.jsonc
//   npx wrangler secret put MILLRACE_FUNCTION_SECRET --config ${name}.wrangler.jsonc
{
  "$schema": "node_modules/wrangler/config-schema.json",
  "name": "${service}-${name}",
  "main": "${toRoot}/dist/functions/${name}/index.mjs",
  "no_bundle": true,
  "compatibility_date": "2026-04-01",
  "upload_source_maps": true,
  "observability": { "enabled": true }
}
`;
}
