// Written by `millrace contracts write`; do not edit.
import { readContract } from "millrace";

export default readContract<{
  service: "payments";
  events: {
    PaymentChanged: {
      status:
        | "PAYMENT_CREATED"
        | "ORDER_CONNECTED"
        | "PAYMENT_PROCESSED"
        | "PAYMENT_SUCCEEDED"
        | "PAYMENT_FAILED";
    };
    PaymentFailed: { orderId: string; reason: string };
    PaymentSucceeded: { amount: number; at: string; orderId: string };
  };
  commands: {
    payment: {
      CancelPayment: Record<string, never>;
      CreatePayment: { accountId: string; amount: number; orderId: string };
      FailPayment: { reason: string };
      RecordCharge: { reference: string };
    };
  };
  views: {
    payments: {
      accountId: string;
      amount: number;
      createdAt: number;
      lastModified: number;
      orderId: string;
      reason: string | null;
      reference: string | null;
      status:
        | "PAYMENT_CREATED"
        | "ORDER_CONNECTED"
        | "PAYMENT_PROCESSED"
        | "PAYMENT_SUCCEEDED"
        | "PAYMENT_FAILED";
    };
  };
}>({
  millraceContract: 1,
  service: "payments",
  aggregates: {
    payment: {
      collection: "payments",
      commands: {
        CancelPayment: { properties: {}, type: "object" },
        CreatePayment: {
          properties: {
            accountId: { type: "string" },
            amount: { maximum: 9007199254740991, minimum: 0, type: "integer" },
            orderId: { type: "string" },
          },
          required: ["orderId", "accountId", "amount"],
          type: "object",
        },
        FailPayment: { properties: { reason: { type: "string" } }, required: ["reason"], type: "object" },
        RecordCharge: { properties: { reference: { type: "string" } }, required: ["reference"], type: "object" },
      },
    },
  },
  events: {
    PaymentChanged: {
      schema: {
        properties: {
          status: {
            enum: [
              "PAYMENT_CREATED",
              "ORDER_CONNECTED",
              "PAYMENT_PROCESSED",
              "PAYMENT_SUCCEEDED",
              "PAYMENT_FAILED",
            ],
            type: "string",
          },
        },
        required: ["status"],
        type: "object",
      },
      version: 1,
    },
    PaymentFailed: {
      schema: {
        properties: { orderId: { type: "string" }, reason: { type: "string" } },
        required: ["orderId", "reason"],
        type: "object",
      },
      version: 1,
    },
    PaymentSucceeded: {
      schema: {
        properties: {
          amount: { maximum: 9007199254740991, minimum: -9007199254740991, type: "integer" },
          at: {
            format: "date-time",
            pattern: "^(?:(?:\\d\\d[2468][048]|\\d\\d[13579][26]|\\d\\d0[48]|[02468][048]00|[13579][26]00)-02-29|\\d{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\\d|30)|(?:02)-(?:0[1-9]|1\\d|2[0-8])))T(?:(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(?:\\.\\d+)?(?:Z))$",
            type: "string",
          },
          orderId: { type: "string" },
        },
        required: ["orderId", "amount", "at"],
        type: "object",
      },
      version: 1,
    },
  },
  views: {
    payments: {
      schema: {
        additionalProperties: false,
        properties: {
          accountId: { type: "string" },
          amount: { maximum: 9007199254740991, minimum: -9007199254740991, type: "integer" },
          createdAt: { maximum: 9007199254740991, minimum: -9007199254740991, type: "integer" },
          lastModified: { maximum: 9007199254740991, minimum: -9007199254740991, type: "integer" },
          orderId: { type: "string" },
          reason: { type: ["string", "null"] },
          reference: { type: ["string", "null"] },
          status: {
            enum: [
              "PAYMENT_CREATED",
              "ORDER_CONNECTED",
              "PAYMENT_PROCESSED",
              "PAYMENT_SUCCEEDED",
              "PAYMENT_FAILED",
            ],
            type: "string",
          },
        },
        required: [
          "orderId",
          "accountId",
          "amount",
          "status",
          "reason",
          "reference",
          "createdAt",
          "lastModified",
        ],
        type: "object",
      },
      version: 1,
    },
  },
});
