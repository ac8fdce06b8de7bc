import type { Service } from "../../domain/service.ts";
import { MillraceError } from "../../errors/millrace-error.ts";
import type { Authentication } from "../../http/authentication.ts";
import type { HttpOptions } from "../../http/http-options.ts";
import { everyRole, type Role } from "../../runtime/runtime.ts";
import type { ServiceOptions } from "../../runtime/start-service.ts";
import { connectFunctions } from "../../transports/connect-functions.ts";
import { connectServices } from "../../transports/connect-services.ts";
import { invalidSetting } from "../../transports/named-urls.ts";
import type { MemberConfig, ServeOptions } from "./config.ts";
import { type Database, parseDatabaseUrl } from "./database-url.ts";
import { type LogLevel, logLevels } from "./log.ts";

/** Every decision of a configuration, made. */
export interface Settings {
  readonly auth: Authentication | undefined;
  readonly port: number;
  readonly host: string | undefined;
  readonly database: Database;
  readonly roles: readonly Role[];
  readonly logLevel: LogLevel;
  readonly development: boolean;
  /** What is the engine's own business. */
  readonly engine: Pick<ServiceOptions, "keepCommandsForDays" | "services" | "referrers" | "functions">;
  /** What is the HTTP interface's own business. */
  readonly http: Pick<HttpOptions, "maxBodyBytes" | "operatorRole" | "cors">;
}

export interface SettingsContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** From where relative paths count. */
  readonly folder: string;
  readonly development: boolean;
  /** The functions of all services of the process, where there are several. */
  readonly functions?: readonly string[];
}

/** What concerns one service of several in a process. */
export interface Member extends Pick<Settings, "database" | "engine"> {
  readonly service: Service;
}

/** Every decision for services that share a process. */
export interface TogetherSettings extends Omit<Settings, "database" | "engine"> {
  readonly members: readonly Member[];
}

/**
 * The values of `options` for the process, and for each service its own. Throws `configuration-invalid`, also where a service is named
 * twice, or two would have one database.
 */
export function resolveTogether(
  services: readonly MemberConfig[],
  options: ServeOptions,
  context: SettingsContext,
): TogetherSettings {
  const functions = services.flatMap((member) => Object.keys(member.functions ?? {}));
  const ofAll = { ...context, functions };
  const { database: _database, engine: _engine, ...shared } = resolveSettings(options, ofAll);
  const members = services.map((member): Member => {
    const { service, database, services: reached, referrers, keepCommandsForDays } = member;
    const own = resolveSettings(
      {
        database,
        services: reached,
        referrers,
        functions: member.functions,
        keepCommandsForDays,
      } as ServeOptions,
      ofAll,
    );
    return { service, database: own.database, engine: own.engine };
  });
  const names = members.map(({ service }) => service.name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) {
    throw new MillraceError(
      "configuration-invalid",
      `"together" names service ${twice} twice; expected once.`,
    );
  }
  const owners = new Map<string, string>();
  for (const { service, database } of members) {
    const place = placeOf(database, service.name);
    const other = place === undefined ? undefined : owners.get(place);
    if (other !== undefined) {
      throw new MillraceError(
        "configuration-invalid",
        `The services ${other} and ${service.name} would share one database; expected one for each, or PostgreSQL, where each has a schema.`,
        { data: { services: [other, service.name] } },
      );
    }
    if (place !== undefined) owners.set(place, service.name);
  }
  return { ...shared, members };
}

/** What no other service may have; undefined for what nobody can share. */
function placeOf(database: Database, service: string): string | undefined {
  switch (database.kind) {
    case "memory":
      return undefined;
    case "sqlite":
      return database.path;
    case "postgres":
      return `${database.url} ${database.schema ?? service}`;
  }
}

/** The values of `options`, each under the environment's. Throws `configuration-invalid`. */
export function resolveSettings(options: ServeOptions, context: SettingsContext): Settings {
  const { env, folder, development } = context;
  const choose = <T>(variable: string, field: string, value: T, otherwise: T): Choice<T | string> => {
    const set = env[variable];
    // An empty variable is how shells and compose files spell "not set".
    if (set !== undefined && set !== "") return { value: set, where: variable };
    return { value: value ?? otherwise, where: `"${field}" of the configuration` };
  };
  const url = choose("DATABASE_URL", "database", options.database, "sqlite:./data/app.db");
  if (typeof url.value !== "string") throw invalid(url, "a URL such as sqlite:./data/app.db");
  const database = parseDatabaseUrl(url.value, url.where, folder);
  if (database.kind === "memory" && !development) {
    throw new MillraceError(
      "configuration-invalid",
      `${url.where} is "memory:", which forgets everything when the process ends and is there for development alone; expected a file, such as sqlite:./data/app.db.`,
    );
  }
  const host = choose("HOST", "host", options.host, development ? "127.0.0.1" : undefined);
  if (host.value !== undefined && (typeof host.value !== "string" || host.value === "")) {
    throw invalid(host, "an address, such as 127.0.0.1");
  }
  return {
    auth: options.auth,
    port: portOf(choose("PORT", "port", options.port, 3000)),
    host: host.value,
    database,
    roles: rolesOf(choose<readonly Role[] | undefined>("MILLRACE_ROLES", "roles", options.roles, everyRole)),
    logLevel: logLevelOf(choose<string | undefined>("LOG_LEVEL", "logLevel", options.logLevel, "info")),
    development,
    engine: {
      ...engineOf(options),
      ...servicesOf(options, env),
      ...connectedFunctions(options, context),
      ...referrersOf(
        choose<readonly string[] | undefined>("MILLRACE_REFERRERS", "referrers", options.referrers, []),
      ),
    },
    http: httpOf(options),
  };
}

function servicesOf(options: ServeOptions, env: SettingsContext["env"]): Pick<ServiceOptions, "services"> {
  const services = connectServices(options.services ?? {}, env);
  return Object.keys(services).length === 0 ? {} : { services };
}

function connectedFunctions(
  options: ServeOptions,
  { env, functions: known }: SettingsContext,
): Pick<ServiceOptions, "functions"> {
  const functions = connectFunctions(options.functions ?? {}, env, known);
  return Object.keys(functions).length === 0 ? {} : { functions };
}

function engineOf({ keepCommandsForDays }: ServeOptions): Settings["engine"] {
  if (keepCommandsForDays === undefined) return {};
  if (typeof keepCommandsForDays === "number" && keepCommandsForDays >= 1) return { keepCommandsForDays };
  throw invalid(
    { value: keepCommandsForDays, where: '"keepCommandsForDays" of the configuration' },
    "a number of days, at least 1, or Infinity",
  );
}

function httpOf({ maxBodyBytes, operatorRole, cors }: ServeOptions): Settings["http"] {
  if (maxBodyBytes !== undefined && !(Number.isSafeInteger(maxBodyBytes) && maxBodyBytes >= 1)) {
    throw invalid({ value: maxBodyBytes, where: '"maxBodyBytes" of the configuration' }, "a number of bytes");
  }
  return {
    ...(maxBodyBytes === undefined ? {} : { maxBodyBytes }),
    ...(operatorRole === undefined ? {} : { operatorRole }),
    ...(cors === undefined ? {} : { cors }),
  };
}

interface Choice<T> {
  readonly value: T;
  /** What a message calls the place where the value was found. */
  readonly where: string;
}

function portOf(choice: Choice<unknown>): number {
  const { value } = choice;
  const port = typeof value === "string" && /^\d{1,5}$/.test(value) ? Number(value) : value;
  if (typeof port === "number" && Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw invalid(choice, "a port from 0 to 65535");
}

function referrersOf(choice: Choice<unknown>): Pick<ServiceOptions, "referrers"> {
  const names = namesIn(choice.value);
  if (Array.isArray(names) && names.every((name) => typeof name === "string")) {
    return names.length === 0 ? {} : { referrers: [...new Set<string>(names)] };
  }
  throw invalid(choice, "names of services");
}

/** A list of names, which the environment spells with commas. */
function namesIn(value: unknown): unknown {
  return typeof value === "string"
    ? value
        .split(",")
        .map((name) => name.trim())
        .filter((name) => name !== "")
    : value;
}

function rolesOf(choice: Choice<unknown>): readonly Role[] {
  const names = namesIn(choice.value);
  if (Array.isArray(names) && names.length > 0 && names.every(isRole)) return [...new Set<Role>(names)];
  throw invalid(choice, `one or more of ${everyRole.join(", ")}`);
}

function isRole(name: unknown): name is Role {
  return everyRole.some((role) => role === name);
}

function logLevelOf(choice: Choice<unknown>): LogLevel {
  const level = logLevels.find((it) => it === choice.value);
  if (level !== undefined) return level;
  throw invalid(choice, `one of ${logLevels.join(", ")}`);
}

function invalid({ where, value }: Choice<unknown>, expected: string): MillraceError {
  return invalidSetting(where, expected, value);
}
