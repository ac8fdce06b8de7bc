import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

const tsx = import.meta.resolve("tsx");

export interface Child {
  readonly process: ChildProcess;
  /** What it has printed so far, a JSON value a line. */
  readonly lines: readonly Line[];
  /** Resolves when it has printed so many lines or has ended. */
  printed(count: number): Promise<void>;
  readonly ended: Promise<void>;
}

export interface Line {
  readonly position?: number;
  readonly stream?: string;
  readonly commandId?: string;
  readonly code?: string;
}

/** Runs append-process.ts; `through` is a command that is given node and its arguments to run. */
export function appendProcess(args: readonly string[], through: readonly string[] = []): Child {
  const script = fileURLToPath(new URL("append-process.ts", import.meta.url));
  const command = [...through, process.execPath, "--import", tsx, script, ...args];
  const child = spawn(command[0] ?? "", command.slice(1), { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  const lines: Line[] = [];
  const waiting = new Set<() => void>();
  const wake = () => {
    for (const look of waiting) look();
  };
  let over = false;
  const reader = createInterface({ input: child.stdout });
  reader.on("line", (line) => {
    // The last line of a process that was killed may be cut off: then nobody was told.
    try {
      lines.push(JSON.parse(line) as Line);
    } catch {}
    wake();
  });
  const ended = new Promise<void>((resolve) => {
    reader.on("close", () => {
      over = true;
      wake();
      resolve();
    });
  });
  return {
    process: child,
    lines,
    ended,
    printed: (count) =>
      new Promise((resolve) => {
        const look = () => {
          if (lines.length < count && !over) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
  };
}
