import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { RecordedEvent } from "../../src/message/event.ts";

const script = fileURLToPath(new URL("./wallet-process.ts", import.meta.url));

export interface PlayerSettings {
  /** As `openStore` takes it. */
  readonly place: string;
  /** Where its policy answers, if that is a function of its own. */
  readonly functionAt?: string;
  readonly seed: number;
  /** How many commands are under way at once. */
  readonly callers: number;
  /** Wallets on which others play as well. */
  readonly shared: readonly string[];
  /** What another process sent and was not answered before it was killed: sent again, with the same keys. */
  readonly again: readonly WalletRequest[];
}

export interface WalletRequest {
  readonly type: string;
  readonly data: unknown;
  readonly aggregateId?: string;
  readonly idempotencyKey: string;
}

/** What a process was told: the events of the command with this key. */
export interface Answer {
  readonly key: string;
  readonly events: readonly Pick<RecordedEvent, "id" | "stream" | "version" | "position">[];
}

/** What a process writes. */
export type Line = { readonly sent: WalletRequest } | Answer;

export interface Player {
  /** What was sent and not answered. */
  readonly unanswered: ReadonlyMap<string, WalletRequest>;
  kill(): void;
  /** Resolves after all that it wrote was read; rejects when it ended by itself. */
  readonly ended: Promise<void>;
}

/** A process that plays; whatever it was still told before the kill counts. */
export function startPlayer(settings: PlayerSettings, onAnswer: (answer: Answer) => void): Player {
  const child = spawn(process.execPath, ["--import", "tsx", script, JSON.stringify(settings)], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let complaints = "";
  child.stderr.on("data", (chunk) => {
    complaints += String(chunk);
  });
  const closed = new Promise<NodeJS.Signals | null>((resolve) => {
    child.on("close", (_code, signal) => resolve(signal));
  });
  const unanswered = new Map(settings.again.map((request) => [request.idempotencyKey, request]));
  const read = async () => {
    for await (const text of createInterface({ input: child.stdout })) {
      const line = parsed(text);
      if (line === undefined) continue;
      if ("sent" in line) unanswered.set(line.sent.idempotencyKey, line.sent);
      else {
        unanswered.delete(line.key);
        onAnswer(line);
      }
    }
    const signal = await closed;
    if (signal !== "SIGKILL") throw new Error(`A process ended by itself: ${complaints}`);
  };
  const ended = read();
  // Whoever waits for it later is told all the same.
  ended.catch(() => {});
  return { unanswered, ended, kill: () => void child.kill("SIGKILL") };
}

/** Undefined for a line that was torn by the kill: nobody was told what it says. */
function parsed(text: string): Line | undefined {
  try {
    return JSON.parse(text) as Line;
  } catch {
    return undefined;
  }
}
