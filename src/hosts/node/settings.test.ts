import { describe, expect, test } from "vitest";
import type { ServeOptions } from "./config.ts";
import { resolveSettings } from "./settings.ts";

function resolve(options: ServeOptions, env: Record<string, string> = {}, development = false) {
  return resolveSettings(options, { env, folder: "/srv/shop", development });
}

test("the defaults", () => {
  expect(resolve({})).toEqual({
    auth: undefined,
    port: 3000,
    host: undefined,
    database: { kind: "sqlite", path: "/srv/shop/data/app.db" },
    roles: ["command", "query", "processor", "relay"],
    logLevel: "info",
    development: false,
    engine: {},
    http: {},
  });
});

test("development listens on this machine alone", () => {
  expect(resolve({}, {}, true).host).toBe("127.0.0.1");
});

test("the environment goes before the configuration", () => {
  const options: ServeOptions = {
    port: 1,
    host: "10.0.0.1",
    database: "sqlite:a.db",
    roles: ["query"],
    logLevel: "warn",
  };
  const env = {
    PORT: "8080",
    HOST: "127.0.0.1",
    DATABASE_URL: "sqlite:/b.db",
    MILLRACE_ROLES: "command, processor",
    LOG_LEVEL: "debug",
  };
  expect(resolve(options, env)).toMatchObject({
    port: 8080,
    host: "127.0.0.1",
    database: { path: "/b.db" },
    roles: ["command", "processor"],
    logLevel: "debug",
  });
});

test("an empty variable is one that is not set", () => {
  expect(resolve({ port: 4000 }, { PORT: "" }).port).toBe(4000);
});

describe("a bad value names the setting, what was expected and what was found", () => {
  test.each([
    [{}, { PORT: "eighty" }, /^PORT must be a port from 0 to 65535; found "eighty"\.$/],
    [{}, { PORT: "70000" }, /^PORT must be .*found "70000"/],
    [{ port: 1.5 }, {}, /^"port" of the configuration must be .*found 1\.5/],
    [{}, { MILLRACE_ROLES: "comand" }, /^MILLRACE_ROLES must be one or more of command, query, processor/],
    [{}, { MILLRACE_ROLES: "," }, /^MILLRACE_ROLES/],
    [{ roles: [] }, {}, /^"roles" of the configuration must be one or more of .*found \[\]/],
    [{}, { LOG_LEVEL: "loud" }, /^LOG_LEVEL must be one of debug, info, warn, error, silent; found "loud"/],
    [{ keepCommandsForDays: 0 }, {}, /^"keepCommandsForDays" of the configuration must be .*at least 1/],
    [{ maxBodyBytes: 0 }, {}, /^"maxBodyBytes" of the configuration must be a number of bytes; found 0/],
    [{ host: "" }, {}, /^"host" of the configuration must be an address/],
    [{}, { DATABASE_URL: "app.db" }, /^DATABASE_URL is not a database/],
  ] as const)("%j with %j", (options, env, message) => {
    expect(() => resolve(options, env)).toThrow(
      expect.objectContaining({ code: "configuration-invalid", message: expect.stringMatching(message) }),
    );
  });

  test("a value of the wrong type, from a configuration in JavaScript", () => {
    const options = { database: 5 } as unknown as ServeOptions;
    expect(() => resolve(options)).toThrow(/^"database" of the configuration must be a URL .* found 5/);
  });
});

test("memory: is for development alone", () => {
  expect(resolve({ database: "memory:" }, {}, true).database).toEqual({ kind: "memory" });
  expect(() => resolve({ database: "memory:" })).toThrow(/there for development alone/);
});
