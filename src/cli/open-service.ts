import { existsSync } from "node:fs";
import { MillraceError } from "../errors/millrace-error.ts";
import type { Database } from "../hosts/node/database-url.ts";
import { openDatabase, type Stores } from "../hosts/node/open-database.ts";
import { resolveSettings, type Settings } from "../hosts/node/settings.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { startService } from "../runtime/start-service.ts";
import { type LoadedConfig, loadService } from "./load-config.ts";
import type { ServiceOptions } from "./options.ts";

/** A service as commands look at it from outside, beside the processes that run it. */
export interface OpenedService {
  readonly settings: Settings;
  readonly stores: Stores;
  /** Has no roles: only its operations are of use. */
  readonly runtime: Runtime;
}

/**
 * Opens the service's database for `work` and closes it afterwards. A database that is not there is an error rather than
 * made, unless `create`: a command that looks at the wrong place should say so.
 */
export async function withService<T>(
  options: ServiceOptions,
  work: (opened: OpenedService) => Promise<T>,
  { create = false } = {},
): Promise<T> {
  const loaded = await loadService(options);
  const settings = settingsOf(loaded);
  if (!create) requireDatabase(settings.database);
  const stores = await openDatabase(settings.database, {
    service: loaded.config.service.name,
    migrate: create,
  });
  try {
    const runtime = await startService(loaded.config.service, {
      events: stores.events,
      state: stores.state,
      ...settings.engine,
      roles: [],
    });
    try {
      return await work({ settings, stores, runtime });
    } finally {
      await runtime.stop();
    }
  } finally {
    await stores.close();
  }
}

export function settingsOf({ config, folder }: LoadedConfig): Settings {
  return resolveSettings(config, { env: process.env, folder, development: false });
}

/** A PostgreSQL schema that is not there is noticed when it is opened. */
export function requireDatabase(database: Database): void {
  if (database.kind !== "sqlite" || existsSync(database.path)) return;
  throw new MillraceError(
    "store-unavailable",
    `There is no database ${database.path} yet. Start the service once ("millrace dev" or "millrace start"), or set DATABASE_URL to the one that you mean.`,
    { data: { path: database.path } },
  );
}
