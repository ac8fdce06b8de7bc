import { hostname } from "node:os";
import { newId } from "../../message/id.ts";

const own = new Set<string>();

/** A name for a worker of this process: unique, and it tells on which machine and in which process it works. */
export function newWorkerName(): string {
  const name = `${hostname()}/${process.pid}/${newId()}`;
  own.add(name);
  return name;
}

/**
 * Whether a worker is known to be gone: a process of this machine that is no more. Then nobody waits for its lease after
 * a crash. A process id that is in use again looks alive, which only means waiting.
 */
export function isGoneWorker(name: string): boolean {
  const [host, pid, id] = name.split("/");
  if (host !== hostname() || id === undefined || !/^\d+$/.test(pid ?? "")) return false;
  // The first process of a container has the same id after each restart.
  if (Number(pid) === process.pid) return !own.has(name);
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}
