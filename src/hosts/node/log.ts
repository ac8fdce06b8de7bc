import { type DestinationStream, type Logger, pino } from "pino";
import type { Telemetry } from "../../ports/telemetry.ts";

export const logLevels = ["debug", "info", "warn", "error", "silent"] as const;
export type LogLevel = (typeof logLevels)[number];

export interface LogOptions {
  readonly level: LogLevel;
  /** One readable line per entry instead of one JSON object. */
  readonly pretty: boolean;
  /** Default: standard output. */
  readonly stream?: { write(text: string): unknown };
}

/** The log of a process: what `Telemetry.log` writes to. */
export function createLog(options: LogOptions): Telemetry["log"] {
  const target = options.stream ?? process.stdout;
  const destination: DestinationStream = {
    write: (line) => void target.write(options.pretty ? prettyLine(line) : line),
  };
  const logger: Logger = pino(
    {
      level: options.level,
      base: null,
      messageKey: "message",
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { error: describeError },
    },
    destination,
  );
  return (level, message, facts = {}) => logger[level](facts, message);
}

/** An error as log entries hold it: with its code and, unlike answers to callers, its stack. */
function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { name, message, stack, cause } = error;
  const code = "code" in error ? error.code : undefined;
  return { name, message, code, stack, cause: cause === undefined ? undefined : describeError(cause) };
}

/** `08:15:00.123 info  listening  url=http://localhost:3000` */
function prettyLine(line: string): string {
  const { time, level, message, ...facts } = JSON.parse(line) as Readonly<Record<string, unknown>>;
  const pairs = Object.entries(facts).map(([name, value]) => `  ${name}=${inline(value)}`);
  const stack = stackIn(facts.error);
  return `${String(time).slice(11, 23)} ${String(level).padEnd(5)} ${message}${pairs.join("")}\n${stack}`;
}

function inline(value: unknown): string {
  if (typeof value === "object" && value !== null && "stack" in value && "message" in value) {
    return JSON.stringify(value.message);
  }
  return typeof value === "string" && /^\S+$/.test(value) ? value : JSON.stringify(value);
}

function stackIn(error: unknown): string {
  if (typeof error !== "object" || error === null || !("stack" in error)) return "";
  const frames = String(error.stack).split("\n").slice(1);
  return frames.map((frame) => `${frame}\n`).join("");
}
