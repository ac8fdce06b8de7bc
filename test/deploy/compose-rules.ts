import { existsSync } from "node:fs";
import path from "node:path";
import { parseDocument } from "yaml";
import { z } from "zod";
import { root } from "../entry-points.ts";
import { tagProblems, type Understood, understand } from "./container.ts";
import { deployedRoles, serviceFolder, shutdownSeconds } from "./service-facts.ts";

const environment = z.record(z.string(), z.string());
const seconds = z.string().regex(/^\d+s$/);
const conditions = z.enum(["service_started", "service_healthy", "service_completed_successfully"]);

/** What the compose file may say: every field is named, so that a misspelt one is found. Add what more you need. */
const common = {
  image: z.string(),
  environment,
  depends_on: z.record(z.string(), z.strictObject({ condition: conditions })).default({}),
  restart: z.literal("unless-stopped").optional(),
  stop_grace_period: seconds.optional(),
};

const ours = z.strictObject({
  ...common,
  build: z.strictObject({ context: z.string(), dockerfile: z.string() }),
  command: z.array(z.string()),
  ports: z.array(z.string()).default([]),
  read_only: z.literal(true),
  cap_drop: z.tuple([z.literal("ALL")]),
  security_opt: z.tuple([z.literal("no-new-privileges:true")]),
  init: z.literal(true),
  healthcheck: z.strictObject({ disable: z.literal(true) }).optional(),
});

const postgres = z.strictObject({
  ...common,
  volumes: z.array(z.string()),
  healthcheck: z.strictObject({
    test: z.array(z.string()),
    interval: seconds,
    timeout: seconds,
    retries: z.int(),
  }),
});

const composeFile = z.looseObject({
  name: z.string(),
  services: z.object({ postgres }).catchall(ours),
  volumes: z.record(z.string(), z.null()),
});

type Own = z.infer<typeof ours>;

/** What is wrong with a compose file in the service's folder; empty if nothing is. */
export async function composeProblems(text: string): Promise<readonly string[]> {
  const document = parseDocument(interpolated(text), { merge: true });
  if (document.errors.length > 0) return document.errors.map(({ message }) => message);
  const read = composeFile.safeParse(document.toJS());
  if (!read.success) return [z.prettifyError(read.error)];
  const { volumes } = read.data;
  const { postgres: server, ...services } = read.data.services;
  const found = [...tagProblems("postgres", server.image)];
  const commands = new Map<string, string>();
  const roles: string[] = [];
  for (const [name, service] of Object.entries<Own>(services)) {
    const understood = await understand({ where: name, args: service.command, env: service.environment });
    found.push(...understood.problems, ...tagProblems(name, service.image), ...buildProblems(name, service));
    found.push(...databaseProblems(name, service.environment, server.environment));
    commands.set(name, understood.command ?? "");
    if (understood.command === "start") found.push(...servingProblems(name, service, understood));
    roles.push(...(understood.roles ?? []));
  }
  if (roles.toSorted().join() !== deployedRoles.toSorted().join()) {
    found.push(`runs ${roles.join()}; expected every role once`);
  }
  const outside = Object.values<Own>(services).flatMap(({ ports }) =>
    ports.map((port) => port.replace(/:\d+$/, "")),
  );
  if (new Set(outside).size < outside.length) found.push(`publishes one port twice: ${outside.join(", ")}`);
  found.push(...orderProblems(services, commands));
  for (const volume of server.volumes) {
    if (!((volume.split(":")[0] ?? "") in volumes)) found.push(`there is no volume ${volume}`);
  }
  return found;
}

function buildProblems(name: string, { build }: Own): readonly string[] {
  const folder = path.join(root, serviceFolder, build.context);
  if (path.relative(folder, root) !== "") return [`${name} is not built from the root of the project`];
  return existsSync(path.join(folder, build.dockerfile)) ? [] : [`${name}: there is no ${build.dockerfile}`];
}

function servingProblems(name: string, service: Own, { roles, settings }: Understood): readonly string[] {
  const found: string[] = [];
  // Named after its first role.
  if (roles?.[0] !== name) found.push(`${name} runs ${roles?.join()}`);
  // Nobody is asked for a token, so nobody else may reach it.
  for (const port of service.ports) {
    const [, inside] = /^127\.0\.0\.1:\d+:(\d+)$/.exec(port) ?? [];
    if (inside === String(settings?.port)) continue;
    found.push(`${name} is published as ${port}; expected 127.0.0.1:…:${settings?.port}`);
  }
  const given = Number.parseInt(service.stop_grace_period ?? "10s", 10);
  if (given <= shutdownSeconds()) found.push(`${name} is killed before it has stopped`);
  return found;
}

/** The server is ready before the migration, and the migration done before anything serves. */
function orderProblems(
  services: Readonly<Record<string, Own>>,
  commands: ReadonlyMap<string, string>,
): readonly string[] {
  const found: string[] = [];
  for (const [name, service] of Object.entries(services)) {
    for (const [other, { condition }] of Object.entries(service.depends_on)) {
      const isMet =
        condition === "service_healthy"
          ? other === "postgres"
          : condition === "service_completed_successfully" && commands.get(other) === "migrate";
      if (!isMet) found.push(`${name} waits until ${other} is ${condition}, which says nothing`);
    }
    const waitsFor = commands.get(name) === "start" ? "migrate" : "postgres";
    if (service.depends_on[waitsFor] === undefined) found.push(`${name} does not wait for ${waitsFor}`);
  }
  return found;
}

/** With the defaults of variables in their place, as where nothing is set. */
function interpolated(text: string): string {
  return text.replaceAll(/\$\{\w+:-([^}]*)\}/g, "$1");
}

/** The URL leads to the database that the server makes, with the password that it knows. */
function databaseProblems(
  name: string,
  { DATABASE_URL = "" }: Readonly<Record<string, string>>,
  { POSTGRES_USER, POSTGRES_PASSWORD, POSTGRES_DB }: Readonly<Record<string, string>>,
): readonly string[] {
  const expected = `postgres://${POSTGRES_USER}:${POSTGRES_PASSWORD}@postgres:5432/${POSTGRES_DB}`;
  return DATABASE_URL === expected
    ? []
    : [`${name} looks for its database at ${DATABASE_URL}; expected ${expected}`];
}
