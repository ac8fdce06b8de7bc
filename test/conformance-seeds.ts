/** Seeds of the conformance suites' random cases: the usual few, or as many other ones as `MILLRACE_SEEDS` says. */
export function conformanceSeeds(): { readonly seeds?: readonly number[] } {
  const { MILLRACE_SEEDS: count } = process.env;
  if (count === undefined) return {};
  const first = Math.floor(Date.now() / 1000);
  return { seeds: Array.from({ length: Number(count) }, (_, index) => first + index) };
}
