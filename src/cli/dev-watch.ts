import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import type { DevMessage } from "./dev-message.ts";
import { FileWatcher } from "./file-watcher.ts";
import { note } from "./output.ts";

/** Longer than a process takes that stops in order; one that loops would never do. */
const stopWithinMs = 15_000;

/**
 * Serves in a process of its own and starts that again when a file changes that it had loaded: modules cannot be
 * unloaded from a process. Resolves with the exit code once a signal has ended both, or at once if the very first start
 * fails for a reason that no change of a file would mend, such as a port in use.
 */
export async function watchService(args: readonly string[]): Promise<number> {
  const changed = new Doorbell();
  const watcher = new FileWatcher(() => changed.ring());
  let child: ChildProcess | undefined;
  let ended = false;
  let signals = 0;
  const end = () => {
    ended = true;
    signals += 1;
    if (signals > 1) child?.kill("SIGKILL");
    changed.ring();
  };
  process.on("SIGTERM", end);
  process.on("SIGINT", end);
  try {
    for (let first = true; ; first = false) {
      changed.reset();
      const started = startChild(args, watcher);
      child = started.child;
      const outcome = await Promise.race([started.exited, changed.rung]);
      if (outcome === undefined) await stopChild(started);
      if (ended) return 0;
      if (outcome !== undefined) {
        if (first && (outcome.loaded || !watcher.watchesAny)) return outcome.code;
        note("Waiting for a change of the service's files …");
        await changed.rung;
        if (ended) return 0;
      }
      note("Restarting …");
    }
  } finally {
    watcher.close();
    process.off("SIGTERM", end);
    process.off("SIGINT", end);
  }
}

interface StartedChild {
  readonly child: ChildProcess;
  readonly exited: Promise<{ readonly code: number; readonly loaded: boolean }>;
}

function startChild(args: readonly string[], watcher: FileWatcher): StartedChild {
  // The file that Node was started with: bin/millrace.js, or the source while Millrace itself is developed.
  const child = fork(process.argv[1] ?? "", [...args, "--no-watch"], { execArgv: process.execArgv });
  let loaded = false;
  child.on("message", (message: DevMessage) => {
    if (message.kind === "file") watcher.add(message.file);
    else loaded = true;
  });
  const exited = once(child, "exit").then(([code]) => ({ code: (code as number | null) ?? 1, loaded }));
  return { child, exited };
}

async function stopChild({ child, exited }: StartedChild): Promise<void> {
  // It takes that as a sign to stop, at the latest once it serves.
  if (child.connected) child.disconnect();
  const impatience = setTimeout(() => child.kill("SIGKILL"), stopWithinMs);
  await exited;
  clearTimeout(impatience);
}

/** Lets one wait for the next ring. */
class Doorbell {
  #resolve: () => void = () => {};
  rung: Promise<undefined> = Promise.resolve(undefined);

  reset(): void {
    this.rung = new Promise((resolve) => {
      this.#resolve = () => resolve(undefined);
    });
  }

  ring(): void {
    this.#resolve();
  }
}
