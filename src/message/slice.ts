/** Work is spread by ranges of this many slices: far more than processes, few enough to keep ranges cheap to list. */
export const sliceCount = 1024;

/**
 * The slice of a sequence, from 0 to 1,023: FNV-1a (Fowler, Noll, Vo) over UTF-16 code units, with a final mix,
 * because the low bits of FNV alone spread short, similar names badly. Never change it: checkpoints depend on it.
 */
export function sliceOf(sequence: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < sequence.length; index++) {
    hash = Math.imul(hash ^ sequence.charCodeAt(index), 0x01000193);
  }
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  return (hash >>> 0) % sliceCount;
}
