import { aggregate, publish, service, view } from "millrace";
import { z } from "zod";

const category = z
  .object({
    name: z.string(),
    get kids() {
      return z.array(category);
    },
  })
  .meta({ id: "category" });

const item = z.object({
  sku: z.string().regex(/^[a-z-]+$/),
  "in stock": z.boolean(),
  place: z.tuple([z.string(), z.int()]),
  tags: z.array(z.enum(["new", "on sale"])),
  note: z.string().optional(),
  soldAt: z.iso.datetime().nullable(),
  prices: z.record(z.string(), z.number()),
  byShop: z.record(z.enum(["north", "south-east"]), z.int()),
  size: z.union([z.number(), z.literal("XL"), z.object({ width: z.number() })]),
  anything: z.unknown(),
  category,
});

const itemKind = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("single"), item }),
  z.object({ kind: z.literal("bundle"), items: z.array(item).min(1), discount: z.number().default(0) }),
]);

const article = aggregate({
  name: "article",
  collection: "articles",
  state: z.object({ status: z.enum(["NONE", "LISTED"]) }),
  initialState: { status: "NONE" },
  events: { Listed: z.object({ listed: itemKind }), Unlisted: z.object({}) },
  commands: {
    List: z.object({
      listed: itemKind,
      at: z.iso
        .datetime()
        .transform((text) => new Date(text))
        .optional(),
    }),
    Unlist: z.object({}),
  },
  decide: { List: () => [], Unlist: () => [] },
  evolve: { Listed: (state) => state, Unlisted: (state) => state },
});

const articles = view({
  name: "on-sale",
  from: [article],
  schema: z.object({ title: z.string(), listed: itemKind }),
  on: {},
});

/** Publishes, takes and shows whatever JSON Schema can say. */
export default service({
  name: "web-shop",
  aggregates: [article],
  views: [articles],
  publishes: [
    publish({
      type: "ArticleListed",
      from: article,
      on: "Listed",
      schema: z.object({ listed: itemKind }),
      data: () => undefined,
    }),
    publish({
      type: "ArticleListed",
      version: 2,
      from: article,
      on: "Listed",
      schema: z.object({ listed: itemKind, since: z.iso.date() }),
      data: () => undefined,
    }),
    publish({ type: "ArticleGone", from: article, on: "Unlisted", schema: z.object({}), data: () => ({}) }),
  ],
});
