import type { AnyContract, Contract, ContractTypes } from "./contract.ts";
import { type Refusal, refuse } from "./decision.ts";
import { requireDuration } from "./duration.ts";
import { requireDeclared } from "./require-declared.ts";

type Scalar = string | number | boolean | null;

/** A declared reference to aggregates of another service. */
export interface Reference {
  readonly kind: "reference";
  readonly definition: ReferenceDefinition;
}

/** What the runtime sees of a reference. */
export interface ReferenceDefinition {
  readonly contract: AnyContract;
  /** The type of the integration event whose subject is the referenced one, and whose data are what is known of it. */
  readonly by: string;
  readonly mustBe: FieldValues;
  readonly retired: FieldValues;
  readonly waitMs: number;
  /** Undefined: for ever. */
  readonly trustMs: number | undefined;
}

/** For each field the values that it may have. */
type FieldValues = Readonly<Record<string, readonly Scalar[]>>;

/** Fields of an integration event's data with the values that they may have, one or several. */
type FieldsOf<Data> = {
  readonly [F in keyof Data as Data[F] extends Scalar | undefined ? F : never]?:
    | Exclude<Data[F], undefined>
    | readonly Exclude<Data[F], undefined>[];
};

export interface ReferenceOptions<T extends ContractTypes, By extends keyof T["events"]> {
  /** The integration event whose subject is the referenced one: the latest of each is what is known of it. */
  readonly by: By;
  /** What its data must say for the referenced one to be named anew. Absent: anything. */
  readonly mustBe?: NoInfer<FieldsOf<T["events"][By]>>;
  /** What its data say once it is retired; a refusal then says so. */
  readonly retired?: NoInfer<FieldsOf<T["events"][By]>>;
  /** How long a command waits for what is not known here yet; default "1 s". */
  readonly waitFor?: string;
  /**
   * How old knowledge may be, such as "1 min": older one is confirmed by the other service first, and while that cannot be reached, commands are
   * refused with `reference-unconfirmed`. Absent: what is known is trusted for as long as the other service is silent.
   */
  readonly trustFor?: string;
}

/**
 * Declares a reference to aggregates of another service, by a field that holds their ids:
 * `references: { accountId: references(accounts, { by: "AccountChanged", mustBe: { status: "ACCOUNT_ACTIVE" } }) }`.
 */
export function references<T extends ContractTypes, const By extends keyof T["events"] & string>(
  contract: Contract<T>,
  options: ReferenceOptions<T, By>,
): Reference {
  const { by, mustBe = {}, retired = {}, waitFor = "1 s", trustFor } = options;
  requireDeclared(
    contract?.kind === "contract",
    "A reference leads to a contract; expected what readContract() or contract() returned.",
  );
  requireDeclared(
    Object.hasOwn(contract.definition.events, by),
    `A reference to ${contract.name} goes by ${by}, which its contract does not name; expected one of ${Object.keys(contract.definition.events).join(", ")}.`,
  );
  const definition: ReferenceDefinition = {
    contract,
    by,
    mustBe: valuesOf(mustBe),
    retired: valuesOf(retired),
    waitMs: requireDuration(waitFor),
    trustMs: trustFor === undefined ? undefined : requireDuration(trustFor),
  };
  return { kind: "reference", definition };
}

function valuesOf(fields: object): FieldValues {
  return Object.fromEntries(
    Object.entries(fields).map(([field, value]: [string, Scalar | readonly Scalar[]]) => [
      field,
      Array.isArray(value) ? (value as readonly Scalar[]) : [value as Scalar],
    ]),
  );
}

/** Why something may not be named, by what its service told of it last; undefined where it may. */
export function unfitFor(
  id: string,
  { contract, mustBe, retired }: ReferenceDefinition,
  data: unknown,
): Refusal | undefined {
  const known = (data ?? {}) as Readonly<Record<string, Scalar | undefined>>;
  const told = Object.keys({ ...mustBe, ...retired })
    .map((field) => `${field} is ${JSON.stringify(known[field])}`)
    .join(", ");
  const holds = (fields: FieldValues) =>
    Object.entries(fields).every(([field, values]) => values.includes(known[field] ?? null));
  if (Object.keys(retired).length > 0 && holds(retired)) {
    return refuse("reference-retired", `${id} of ${contract.name} is retired: ${told}.`);
  }
  if (holds(mustBe)) return undefined;
  return refuse(
    "reference-unfit",
    `${id} of ${contract.name} is not as it must be: ${told}; expected ${expectedIn(mustBe)}.`,
  );
}

function expectedIn(fields: FieldValues): string {
  return Object.entries(fields)
    .map(([field, values]) => `${field} ${values.map((value) => JSON.stringify(value)).join(" or ")}`)
    .join(", ");
}
