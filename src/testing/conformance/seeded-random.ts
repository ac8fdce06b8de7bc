/** Random choices that a seed repeats: a failure names its seed. */
export interface SeededRandom {
  /** A whole number from 0 to `below - 1`. */
  below(below: number): number;
  one<Item>(items: readonly Item[]): Item;
  /** `count` of the items, in random order; all where there are fewer. */
  some<Item>(items: readonly Item[], count: number): readonly Item[];
}

/** mulberry32 (Tommy Ettinger): small, and random enough to choose test cases by. */
export function seededRandom(seed: number): SeededRandom {
  let state = seed >>> 0;
  const below = (limit: number) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
  return {
    below,
    one: (items) => {
      if (items.length === 0) throw new RangeError("nothing to choose from");
      return items[below(items.length)] as (typeof items)[number];
    },
    some: (items, count) => {
      const left = [...items];
      const chosen: (typeof items)[number][] = [];
      while (chosen.length < count && left.length > 0) chosen.push(...left.splice(below(left.length), 1));
      return chosen;
    },
  };
}
