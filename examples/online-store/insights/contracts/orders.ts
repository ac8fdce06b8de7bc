// Written by `millrace contracts write`; do not edit.
import { readContract } from "millrace";

export default readContract<{
  service: "orders";
  events: {
    OrderChanged: {
      status:
        | "ORDER_CREATED"
        | "ACCOUNT_CONNECTED"
        | "RESERVATION_PENDING"
        | "RESERVATION_SUCCEEDED"
        | "RESERVATION_FAILED"
        | "PAYMENT_CREATED"
        | "PAYMENT_PENDING"
        | "PAYMENT_SUCCEEDED"
        | "PAYMENT_FAILED"
        | "ORDER_SUCCEEDED"
        | "ORDER_FAILED";
    };
    OrderCompleted: { accountId: string; at: string; total: number };
    OrderHoldChanged: { accountId: string; isHeld: boolean };
    OrderPlaced: { accountId: string; total: number };
  };
  commands: {
    order: {
      CompleteOrder: Record<string, never>;
      ConnectAccount: Record<string, never>;
      ConnectPayment: { paymentId: string };
      CreateOrder: { accountId: string; lineItems: { productId: string; quantity: number; unitPrice: number }[] };
      FailOrder: { reason: string };
      FailPayment: { reason: string };
      FailReservation: { reason: string };
      HoldOrder: Record<string, never>;
      RecordPayment: Record<string, never>;
      RecordReservation: { warehouseId: string };
      RequestReservation: Record<string, never>;
      ResumeOrder: Record<string, never>;
    };
  };
  views: {
    orders: {
      accountId: string;
      createdAt: number;
      isHeld: boolean;
      lastModified: number;
      lineItems: { productId: string; quantity: number; unitPrice: number }[];
      paymentId: string | null;
      reason: string | null;
      status:
        | "ORDER_CREATED"
        | "ACCOUNT_CONNECTED"
        | "RESERVATION_PENDING"
        | "RESERVATION_SUCCEEDED"
        | "RESERVATION_FAILED"
        | "PAYMENT_CREATED"
        | "PAYMENT_PENDING"
        | "PAYMENT_SUCCEEDED"
        | "PAYMENT_FAILED"
        | "ORDER_SUCCEEDED"
        | "ORDER_FAILED";
      total: number;
      warehouseId: string | null;
    };
  };
}>({
  millraceContract: 1,
  service: "orders",
  aggregates: {
    order: {
      collection: "orders",
      commands: {
        CompleteOrder: { properties: {}, type: "object" },
        ConnectAccount: { properties: {}, type: "object" },
        ConnectPayment: { properties: { paymentId: { type: "string" } }, required: ["paymentId"], type: "object" },
        CreateOrder: {
          properties: {
            accountId: { pattern: "^[A-Za-z0-9][A-Za-z0-9._:~@-]{0,199}$", type: "string" },
            lineItems: {
              items: {
                properties: {
                  productId: { pattern: "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$", type: "string" },
                  quantity: { maximum: 10000, minimum: 1, type: "integer" },
                  unitPrice: { maximum: 100000000, minimum: 0, type: "integer" },
                },
                required: ["productId", "quantity", "unitPrice"],
                type: "object",
              },
              maxItems: 100,
              minItems: 1,
              type: "array",
            },
          },
          required: ["accountId", "lineItems"],
          type: "object",
        },
        FailOrder: { properties: { reason: { type: "string" } }, required: ["reason"], type: "object" },
        FailPayment: { properties: { reason: { type: "string" } }, required: ["reason"], type: "object" },
        FailReservation: { properties: { reason: { type: "string" } }, required: ["reason"], type: "object" },
        HoldOrder: { properties: {}, type: "object" },
        RecordPayment: { properties: {}, type: "object" },
        RecordReservation: {
          properties: { warehouseId: { type: "string" } },
          required: ["warehouseId"],
          type: "object",
        },
        RequestReservation: { properties: {}, type: "object" },
        ResumeOrder: { properties: {}, type: "object" },
      },
    },
  },
  events: {
    OrderChanged: {
      schema: {
        properties: {
          status: {
            enum: [
              "ORDER_CREATED",
              "ACCOUNT_CONNECTED",
              "RESERVATION_PENDING",
              "RESERVATION_SUCCEEDED",
              "RESERVATION_FAILED",
              "PAYMENT_CREATED",
              "PAYMENT_PENDING",
              "PAYMENT_SUCCEEDED",
              "PAYMENT_FAILED",
              "ORDER_SUCCEEDED",
              "ORDER_FAILED",
            ],
            type: "string",
          },
        },
        required: ["status"],
        type: "object",
      },
      version: 1,
    },
    OrderCompleted: {
      schema: {
        properties: {
          accountId: { type: "string" },
          at: {
            format: "date-time",
            pattern: "^(?:(?:\\d\\d[2468][048]|\\d\\d[13579][26]|\\d\\d0[48]|[02468][048]00|[13579][26]00)-02-29|\\d{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\\d|30)|(?:02)-(?:0[1-9]|1\\d|2[0-8])))T(?:(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(?:\\.\\d+)?(?:Z))$",
            type: "string",
          },
          total: { maximum: 9007199254740991, minimum: -9007199254740991, type: "integer" },
        },
        required: ["accountId", "total", "at"],
        type: "object",
      },
      version: 1,
    },
    OrderHoldChanged: {
      schema: {
        properties: { accountId: { type: "string" }, isHeld: { type: "boolean" } },
        required: ["accountId", "isHeld"],
        type: "object",
      },
      version: 1,
    },
    OrderPlaced: {
      schema: {
        properties: {
          accountId: { type: "string" },
          total: { maximum: 9007199254740991, minimum: -9007199254740991, type: "integer" },
        },
        required: ["accountId", "total"],
        type: "object",
      },
      version: 1,
    },
  },
  views: {
    orders: {
      schema: {
        additionalProperties: false,
        properties: {
          accountId: { type: "string" },
          createdAt: { maximum: 9007199254740991, minimum: -9007199254740991, type: "integer" },
          isHeld: { type: "boolean" },
          lastModified: { maximum: 9007199254740991, minimum: -9007199254740991, type: "integer" },
          lineItems: {
            items: {
              additionalProperties: false,
              properties: {
                productId: { type: "string" },
                quantity: { maximum: 9007199254740991, minimum: -9007199254740991, type: "integer" },
                unitPrice: { maximum: 9007199254740991, minimum: -9007199254740991, type: "integer" },
              },
              required: ["productId", "quantity", "unitPrice"],
              type: "object",
            },
            type: "array",
          },
          paymentId: { type: ["string", "null"] },
          reason: { type: ["string", "null"] },
          status: {
            enum: [
              "ORDER_CREATED",
              "ACCOUNT_CONNECTED",
              "RESERVATION_PENDING",
              "RESERVATION_SUCCEEDED",
              "RESERVATION_FAILED",
              "PAYMENT_CREATED",
              "PAYMENT_PENDING",
              "PAYMENT_SUCCEEDED",
              "PAYMENT_FAILED",
              "ORDER_SUCCEEDED",
              "ORDER_FAILED",
            ],
            type: "string",
          },
          total: { maximum: 9007199254740991, minimum: -9007199254740991, type: "integer" },
          warehouseId: { type: ["string", "null"] },
        },
        required: [
          "accountId",
          "status",
          "reason",
          "total",
          "lineItems",
          "warehouseId",
          "paymentId",
          "isHeld",
          "createdAt",
          "lastModified",
        ],
        type: "object",
      },
      version: 1,
    },
  },
});
