import { type FSWatcher, watch } from "node:fs";
import path from "node:path";

/** Editors write a file in several steps, and tools several files: after the last step, or a little later. */
const debounceMs = 100;

/**
 * Tells when one of the files given changes, or when another source appears beside one of them. Watches their folders
 * rather than the files: editors replace a file, and a watch on what was replaced says nothing more.
 */
export class FileWatcher {
  readonly #changed: () => void;
  readonly #files = new Set<string>();
  readonly #folders = new Map<string, FSWatcher>();
  #timer: NodeJS.Timeout | undefined;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  get watchesAny(): boolean {
    return this.#folders.size > 0;
  }

  add(file: string): void {
    this.#files.add(file);
    const folder = path.dirname(file);
    if (this.#folders.has(folder)) return;
    const watcher = watch(folder, (_kind, name) => {
      if (name === null || /\.m?[jt]s$/.test(name) || this.#files.has(path.join(folder, name)))
        this.#notice();
    });
    // The folder went away; whoever imports from it will say so.
    watcher.on("error", () => this.#forget(folder));
    this.#folders.set(folder, watcher);
  }

  close(): void {
    clearTimeout(this.#timer);
    for (const folder of [...this.#folders.keys()]) this.#forget(folder);
  }

  #notice(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#changed, debounceMs);
  }

  #forget(folder: string): void {
    this.#folders.get(folder)?.close();
    this.#folders.delete(folder);
  }
}
