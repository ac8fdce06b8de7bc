import { existsSync } from "node:fs";
import path from "node:path";
import { isMillraceError } from "../errors/millrace-error.ts";
import { openDatabase } from "../hosts/node/open-database.ts";
import type { Settings } from "../hosts/node/settings.ts";
import { startService } from "../runtime/start-service.ts";
import { checkDatabaseFile, checkDisk } from "./doctor-database.ts";
import { checkParked, checkProcessors } from "./doctor-processors.ts";
import { type Finding, fail, ok, warn } from "./finding.ts";
import { type LoadedConfig, loadService } from "./load-config.ts";
import { settingsOf } from "./open-service.ts";
import type { ServiceOptions } from "./options.ts";
import { counted } from "./output.ts";

/** Looks at everything that can be looked at; what cannot be, because of an earlier finding, is left out. */
export async function examine(options: ServiceOptions): Promise<readonly Finding[]> {
  const findings: Finding[] = [checkNode(process.versions.node)];
  let loaded: LoadedConfig;
  let settings: Settings;
  try {
    loaded = await loadService(options);
    settings = settingsOf(loaded);
  } catch (error) {
    findings.push(
      fail("configuration", messageOf(error), "Mend the configuration; nothing else could be looked at."),
    );
    return findings;
  }
  findings.push(ok("configuration", `${path.basename(loaded.file)}, service ${loaded.config.service.name}`));
  findings.push(checkAuthentication(settings));
  findings.push(...(await checkDatabase(loaded, settings)));
  return findings;
}

/** The oldest release that has what Millrace uses; package.json's engines say the same. */
const oldestNode = [20, 19] as const;

export function checkNode(version: string): Finding {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const recent = major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1]);
  return recent
    ? ok("node", version)
    : fail("node", `${version}; expected ${oldestNode.join(".")} or newer`, "Install a newer Node.");
}

function checkAuthentication(settings: Settings): Finding {
  if (settings.auth === undefined) {
    return warn(
      "authentication",
      'undecided: "millrace dev" runs, "millrace start" will refuse to',
      'Set "auth" in the configuration: how bearer tokens are verified, or "none" for a service that anyone may use.',
    );
  }
  if (settings.auth === "none") return ok("authentication", "none: whoever reaches the service may use it");
  return ok("authentication", "bearer tokens");
}

async function checkDatabase({ config }: LoadedConfig, settings: Settings): Promise<readonly Finding[]> {
  const { database } = settings;
  if (database.kind === "memory") return [];
  const file = database.kind === "sqlite" ? database.path : undefined;
  const findings: Finding[] = file === undefined ? [] : [...checkDisk(file)];
  if (file !== undefined && !existsSync(file)) {
    findings.push(
      warn("database", `${file} is not there yet`, "The first start makes it; or set DATABASE_URL."),
    );
    return findings;
  }
  try {
    const stores = await openDatabase(database, { service: config.service.name, migrate: false });
    try {
      const { position } = await stores.events.head();
      findings.push(ok("database", `${file ?? "PostgreSQL"}, ${counted(position)} events`));
      findings.push(
        stores.events.capabilities.durable
          ? ok("durability", "each commit is synced to disk before it is acknowledged")
          : fail("durability", "commits are not synced to disk", "Use a store that is durable."),
      );
      if (file !== undefined) findings.push(...checkDatabaseFile(file));
      const runtime = await startService(config.service, {
        events: stores.events,
        state: stores.state,
        roles: [],
      });
      findings.push(...(await checkProcessors(runtime.operations, stores.events)));
      findings.push(await checkParked(runtime.operations));
      await runtime.stop();
    } finally {
      await stores.close();
    }
  } catch (error) {
    findings.push(fail("database", messageOf(error), adviceFor(error)));
  }
  return findings;
}

function adviceFor(error: unknown): string {
  if (isMillraceError(error, "store-foreign")) return "Set DATABASE_URL to the service's own file.";
  if (isMillraceError(error, "store-newer"))
    return "Run the version of Millrace that wrote it, or a newer one.";
  if (isMillraceError(error, "store-corrupt"))
    return "Restore the file from a backup: see docs/operations.md.";
  if (isMillraceError(error, "store-read-only")) return "Let this user write the file and its folder.";
  if (isMillraceError(error, "store-full")) return "Make room on the disk; nothing was lost.";
  return "See the message; docs/operations.md has more.";
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
