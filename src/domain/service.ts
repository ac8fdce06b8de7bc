import type { Access, AnyAccess } from "./access.ts";
import type { AnyAggregate } from "./aggregate.ts";
import type { AggregateDefinition } from "./aggregate-definition.ts";
import type { AnyContract, ContractTypes } from "./contract.ts";
import type { EventSourceDefinition } from "./event-source.ts";
import type { Policy, PolicyDefinition } from "./policy.ts";
import type { Process, ProcessDefinition } from "./process.ts";
import type { Projection, ProjectionDefinition } from "./projection.ts";
import type { Publication, PublicationDefinition } from "./publication.ts";
import { referenceMarks } from "./reference-marks.ts";
import { requireDeclared } from "./require-declared.ts";
import type { SidesByName } from "./schema.ts";
import type { View, ViewDefinition } from "./view.ts";

/** A declared service: a bounded context and the unit of deployment. */
export interface Service<T extends ContractTypes = ContractTypes> {
  readonly kind: "service";
  readonly name: T["service"];
  readonly definition: ServiceDefinition;
  /** Carries the types of its contract; absent at run time. */
  readonly types: T;
}

/** What the runtime sees of a service. */
export interface ServiceDefinition {
  readonly name: string;
  readonly aggregates: readonly AggregateDefinition[];
  readonly views: readonly ViewDefinition[];
  readonly policies: readonly PolicyDefinition[];
  readonly projections: readonly ProjectionDefinition[];
  readonly processes: readonly ProcessDefinition[];
  readonly publications: readonly PublicationDefinition[];
  readonly uses: readonly UsedContract[];
  readonly access: AnyAccess | undefined;
}

/** The contract of another service, and what becomes of events of it that this one cannot read. */
export interface UsedContract {
  readonly contract: AnyContract;
  /** An event of a type that the contract does not name: `skip` it (default), or `stop` until the contract is renewed. */
  readonly unknownTypes: "skip" | "stop";
  /** An event of a newer version than the contract's, where the known one is not published beside it: default `stop`. */
  readonly newerVersions: "skip" | "stop";
}

/** A contract to use, with the defaults of `UsedContract` or others. */
export type Use = AnyContract | (Partial<Omit<UsedContract, "contract">> & Pick<UsedContract, "contract">);

export interface ServiceDeclaration<
  Name extends string,
  A extends readonly AnyAggregate[],
  V extends readonly View[],
  P extends readonly Publication[],
> {
  /** Kebab-case. */
  readonly name: Name;
  /** May be absent in a service that only reads what others publish. */
  readonly aggregates?: A;
  readonly views?: V;
  readonly policies?: readonly Policy[];
  /** What events do to tables of its own: see `projection` of `millrace/postgres`. */
  readonly projections?: readonly Projection[];
  readonly processes?: readonly Process[];
  /** What others are told of its events, as integration events. Absent: nothing. */
  readonly publishes?: P;
  /** The contracts of services whose integration events it reads, or to which it sends commands. */
  readonly uses?: readonly Use[];
  /** Who may do what. Absent: whoever can reach the service may do everything. */
  readonly access?: NoInfer<Access<A, V>>;
}

/** The types of the contract of a service with these parts. */
type ContractOf<
  Name extends string,
  A extends readonly AnyAggregate[],
  V extends readonly View[],
  P extends readonly Publication[],
> = {
  readonly service: Name;
  readonly events: {
    readonly [K in P[number]["types"]["type"]]: NewestData<Extract<P[number]["types"], { readonly type: K }>>;
  };
  readonly commands: {
    readonly [N in A[number]["name"]]: CommandData<
      Extract<A[number], { readonly name: N }>["types"]["commands"]
    >;
  };
  readonly views: {
    readonly [N in V[number]["name"]]: Extract<V[number], { readonly name: N }>["types"]["row"];
  };
};

/** The data of the newest of several versions, which is the one that the contract names. */
type NewestData<V extends Publication["types"]> = Extract<
  V,
  { readonly version: Newest<V["version"]> }
>["data"];

/** The largest of some numbers: what is left once all smaller ones have been counted. */
type Newest<V extends number, Counted extends readonly 1[] = [1]> = number extends V
  ? V
  : IsOne<V> extends true
    ? V
    : Newest<Exclude<V, Counted["length"]>, [...Counted, 1]>;

type IsOne<V, Each = V> = Each extends unknown ? ([V] extends [Each] ? true : false) : never;

type CommandData<C extends SidesByName> = { readonly [K in keyof C]: C[K]["input"] };

/** Declares a service. Throws `declaration-invalid` where its parts do not go together. */
export function service<
  const Name extends string,
  const A extends readonly AnyAggregate[] = [],
  const V extends readonly View[] = [],
  const P extends readonly Publication[] = [],
>(declaration: ServiceDeclaration<Name, A, V, P>): Service<ContractOf<Name, A, V, P>> {
  const { name, views = [], policies = [], projections = [], processes = [], publishes = [] } = declaration;
  const aggregates: readonly AnyAggregate[] = declaration.aggregates ?? [];
  requireDeclared(
    /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name),
    `A service's name is kebab-case, such as "accounts"; found ${JSON.stringify(name)}.`,
  );
  const uses = (declaration.uses ?? []).map(usedContract);
  const unused = uses.find(({ contract }) => contract?.kind !== "contract");
  requireDeclared(
    unused === undefined,
    `Service ${name} uses ${JSON.stringify(unused?.contract?.name)}, which is no contract; expected what contract() or readContract() returned.`,
  );
  requireDeclared(
    aggregates.length > 0 || uses.length > 0,
    `Service ${name} declares no aggregate; expected at least one, or a contract that it uses.`,
  );
  requireDistinct(name, "aggregate", namesOf(aggregates));
  requireDistinct(
    name,
    "collection",
    aggregates.map((aggregate) => aggregate.collection),
  );
  requireDistinct(name, "view", namesOf(views));
  requireDistinct(name, "policy", namesOf(policies));
  requireDistinct(name, "projection", namesOf(projections));
  requireDistinct(name, "process", namesOf(processes));
  requireDistinct(name, "contract", namesOf(uses.map(({ contract }) => contract)));
  requireDistinct(
    name,
    "integration event",
    publishes.map(({ definition: { type, version } }) => `${type} of version ${version}`),
  );
  requireDeclared(
    !uses.some(({ contract }) => contract.name === name),
    `Service ${name} uses its own contract; expected those of others.`,
  );
  const processors = [...views, ...policies, ...projections, ...processes];
  const both = processors.find((one) =>
    processors.some((other) => other.kind !== one.kind && other.name === one.name),
  );
  const kinds = processors.filter((one) => one.name === both?.name).map(({ kind }) => `a ${kind}`);
  requireDeclared(
    both === undefined,
    `Service ${name} declares ${kinds.join(" and ")} ${JSON.stringify(both?.name)}; expected names of their own, because all are processors and are paused, resumed and retried by name.`,
  );
  const own = new Set<EventSourceDefinition>(aggregates.map((aggregate) => aggregate.definition));
  const foreign = new Set(uses.map(({ contract }) => contract.definition));
  for (const { name: reader, definition } of processors) {
    const stranger = definition.from.find((source) => !own.has(source) && !foreign.has(source));
    requireDeclared(
      stranger === undefined,
      `${reader} reads ${stranger?.name}, which is neither an aggregate of service ${name} nor a contract that it uses; expected among ${[...own, ...foreign].map((source) => source.name).join(", ")}.`,
    );
  }
  const taken = uses.find(({ contract }) => processors.some((one) => one.name === `${contract.name}-feed`));
  requireDeclared(
    taken === undefined,
    `Service ${name} declares a processor "${taken?.contract.name}-feed"; expected another name, because that is what the subscription to ${taken?.contract.name} is called.`,
  );
  for (const { definition } of publishes) {
    requireDeclared(
      own.has(definition.from),
      `${definition.type} is published of ${definition.from.name}, which is not an aggregate of service ${name}; expected among ${namesOf(aggregates).join(", ")}.`,
    );
  }
  for (const { definition } of aggregates) {
    for (const [field, { contract }] of Object.entries(definition.references)) {
      requireDeclared(
        foreign.has(contract.definition),
        `${definition.name}.${field} refers to ${contract.name}, which service ${name} does not use; expected its contract under "uses".`,
      );
    }
  }
  const refers = aggregates.some(({ definition }) => Object.keys(definition.references).length > 0);
  const parts = processes.map((process) => process.definition);
  const definition: ServiceDefinition = {
    name,
    aggregates: [
      ...aggregates.map((aggregate) => aggregate.definition),
      ...(refers ? [referenceMarks(name)] : []),
    ],
    views: [...views.map((view) => view.definition), ...parts.map(({ deadlines }) => deadlines)],
    policies: [...policies.map((policy) => policy.definition), ...parts.flatMap((part) => part.policies)],
    projections: projections.map((projection) => projection.definition),
    processes: parts,
    publications: publishes.map((publication) => publication.definition),
    uses,
    access: declaration.access as AnyAccess | undefined,
  };
  return { kind: "service", name, definition } as Service<ContractOf<Name, A, V, P>>;
}

function usedContract(use: Use): UsedContract {
  return "contract" in use
    ? { unknownTypes: "skip", newerVersions: "stop", ...use }
    : { contract: use, unknownTypes: "skip", newerVersions: "stop" };
}

function namesOf(parts: readonly { readonly name: string }[]): readonly string[] {
  return parts.map(({ name }) => name);
}

function requireDistinct(service: string, what: string, names: readonly string[]): void {
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  requireDeclared(
    twice === undefined,
    `Service ${service} declares two of ${what} ${JSON.stringify(twice)}.`,
  );
}
