import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll } from "vitest";
import { makeService } from "../../src/cli/new-service.ts";
import { root } from "../entry-points.ts";

/** How long a test waits for a process to do something: a cold start takes about a second, on a busy machine several. */
const deadlineMs = 30_000;

const folders: string[] = [];
const running = new Set<Running>();

afterAll(async () => {
  for (const process of running) process.child.kill("SIGKILL");
  await Promise.all([...running].map((process) => process.exited));
  for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
});

export function temporaryFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), "millrace-cli-"));
  folders.push(folder);
  return folder;
}

const config = (more: string) => `
import { defineConfig } from "millrace/node";
import service from "./src/service.ts";
export default defineConfig({ service, port: 0, ${more} });
`;

/** A service with one policy, which fails on tasks named "poison" unless the environment says MENDED. */
const serviceFile = `
import { policy, service } from "millrace";
import { task } from "./task.ts";
import { tasks } from "./tasks.ts";

export const completeSmall = policy({
  name: "complete-small",
  from: [task],
  on: {
    TaskCreated: (event) => {
      if (event.data.title === "poison" && process.env.MENDED === undefined) throw new Error("poisoned");
      return event.data.title === "small" ? task.commands.CompleteTask(event.aggregateId, {}) : undefined;
    },
  },
});
export default service({ name: "shop", aggregates: [task], views: [tasks], policies: [completeSmall] });
`;

/** The service that `millrace new` makes, with a policy more; what it imports is found in this project. */
export function makeShop(more = 'auth: "none"'): string {
  const folder = path.join(temporaryFolder(), "shop");
  makeService(folder, "*");
  symlinkSync(path.join(root, "node_modules"), path.join(folder, "node_modules"), "junction");
  writeFileSync(path.join(folder, "millrace.config.ts"), config(more));
  writeFileSync(path.join(folder, "src/service.ts"), serviceFile);
  return folder;
}

export interface Running {
  readonly child: ChildProcess;
  readonly exited: Promise<number>;
  stdout(): string;
  stderr(): string;
  /** Resolves with what `pattern` captures first in all that was written so far or will be. */
  sees(pattern: RegExp): Promise<string>;
}

type Env = Readonly<Record<string, string | undefined>>;

/** Starts the command line from its sources. */
export function start(args: readonly string[], cwd: string, env: Env = {}): Running {
  const child = spawn(
    process.execPath,
    ["--import", import.meta.resolve("tsx"), path.join(root, "src/cli/main.ts"), ...args],
    {
      cwd,
      env: { ...withoutSettings(), TSX_TSCONFIG_PATH: path.join(root, "tsconfig.json"), ...env },
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  return watchProcess(child);
}

/** What the tests were started with must not steer the processes under test. */
function withoutSettings(): NodeJS.ProcessEnv {
  const { PORT, HOST, DATABASE_URL, MILLRACE_ROLES, LOG_LEVEL, DEBUG, NODE_OPTIONS, ...rest } = process.env;
  return rest;
}

export function watchProcess(child: ChildProcess): Running {
  const written = { stdout: "", stderr: "" };
  const watchers = new Set<() => void>();
  for (const name of ["stdout", "stderr"] as const) {
    child[name]?.setEncoding("utf8").on("data", (text: string) => {
      written[name] += text;
      for (const look of [...watchers]) look();
    });
  }
  const exited = once(child, "close").then(([code, signal]) => {
    running.delete(started);
    for (const look of [...watchers]) look();
    return (code as number | null) ?? (signal === "SIGKILL" ? 137 : -1);
  });
  const started: Running = {
    child,
    exited,
    stdout: () => written.stdout,
    stderr: () => written.stderr,
    sees: (pattern) =>
      new Promise((resolve, reject) => {
        const settle = (act: () => void) => {
          clearTimeout(timer);
          watchers.delete(look);
          act();
        };
        const all = () => `${written.stdout}\n${written.stderr}`;
        const look = () => {
          const found = pattern.exec(all());
          if (found !== null) settle(() => resolve(found[1] ?? found[0]));
          else if (!running.has(started))
            settle(() => reject(new Error(`ended before ${pattern}:\n${all()}`)));
        };
        const timer = setTimeout(
          () => settle(() => reject(new Error(`no ${pattern} in time:\n${all()}`))),
          deadlineMs,
        );
        watchers.add(look);
        look();
      }),
  };
  running.add(started);
  return started;
}

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command line to its end. */
export async function millrace(args: readonly string[], cwd: string, env: Env = {}): Promise<Ended> {
  const started = start(args, cwd, env);
  const code = await started.exited;
  return { code, stdout: started.stdout(), stderr: started.stderr() };
}

/** Starts the service and resolves once it listens. */
export async function startShop(
  folder: string,
  env: Env = {},
  args: readonly string[] = ["start"],
): Promise<Running & { readonly url: string }> {
  const started = start(args, folder, env);
  const url = await started.sees(/(http:\/\/[^"\s]+:\d+)["\s]/);
  return { ...started, url: url.replace("localhost", "127.0.0.1") };
}

/** A port that something else listens on until `free`. */
export async function takenPort(host?: string): Promise<{ readonly port: number; free(): void }> {
  const server = createServer().listen({ port: 0, ...(host === undefined ? {} : { host }) });
  await once(server, "listening");
  // It listens on a port, so its address has one.
  const { port } = server.address() as AddressInfo;
  return { port, free: () => void server.close() };
}

/** Ends a process as an orchestrator does; resolves with its exit code. */
export function terminate(process: Running): Promise<number> {
  process.child.kill("SIGTERM");
  return process.exited;
}

/** Sends a command that creates a task; resolves with the task's id. */
export async function createTask(url: string, title: string): Promise<string> {
  const response = await fetch(`${url}/v1/tasks`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ title }),
  });
  const body = await response.text();
  if (response.status !== 201) throw new Error(`${response.status} ${body}`);
  return (JSON.parse(body) as { readonly id: string }).id;
}
