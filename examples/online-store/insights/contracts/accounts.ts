// Written by `millrace contracts write`; do not edit.
import { readContract } from "millrace";

export default readContract<{
  service: "accounts";
  events: {
    AccountChanged: {
      status:
        | "ACCOUNT_CREATED"
        | "ACCOUNT_PENDING"
        | "ACCOUNT_CONFIRMED"
        | "ACCOUNT_ACTIVE"
        | "ACCOUNT_SUSPENDED"
        | "ACCOUNT_ARCHIVED";
    };
  };
  commands: {
    account: {
      ActivateAccount: {
        from?:
          | "ACCOUNT_CREATED"
          | "ACCOUNT_PENDING"
          | "ACCOUNT_CONFIRMED"
          | "ACCOUNT_ACTIVE"
          | "ACCOUNT_SUSPENDED"
          | "ACCOUNT_ARCHIVED"
          | undefined;
      };
      ArchiveAccount: Record<string, never>;
      CompleteArchiving: Record<string, never>;
      ConfirmAccount: Record<string, never>;
      CreateAccount: { accountNumber: string; defaultAccount?: boolean | undefined; userId: number };
      KeepAccount: { reason: string };
      SuspendAccount: Record<string, never>;
    };
  };
  views: {
    accounts: {
      accountNumber: string;
      createdAt: number;
      defaultAccount: boolean;
      lastModified: number;
      status:
        | "ACCOUNT_CREATED"
        | "ACCOUNT_PENDING"
        | "ACCOUNT_CONFIRMED"
        | "ACCOUNT_ACTIVE"
        | "ACCOUNT_SUSPENDED"
        | "ACCOUNT_ARCHIVED";
      userId: number;
    };
    "accounts-per-user": {
      accounts: number;
      byStatus: {
        ACCOUNT_CREATED: number;
        ACCOUNT_PENDING: number;
        ACCOUNT_CONFIRMED: number;
        ACCOUNT_ACTIVE: number;
        ACCOUNT_SUSPENDED: number;
        ACCOUNT_ARCHIVED: number;
      };
      userId: number;
    };
  };
}>({
  millraceContract: 1,
  service: "accounts",
  aggregates: {
    account: {
      collection: "accounts",
      commands: {
        ActivateAccount: {
          properties: {
            from: {
              enum: [
                "ACCOUNT_CREATED",
                "ACCOUNT_PENDING",
                "ACCOUNT_CONFIRMED",
                "ACCOUNT_ACTIVE",
                "ACCOUNT_SUSPENDED",
                "ACCOUNT_ARCHIVED",
              ],
              type: "string",
            },
          },
          type: "object",
        },
        ArchiveAccount: { properties: {}, type: "object" },
        CompleteArchiving: { properties: {}, type: "object" },
        ConfirmAccount: { properties: {}, type: "object" },
        CreateAccount: {
          properties: {
            accountNumber: { pattern: "^[A-Za-z0-9-]{1,34}$", type: "string" },
            defaultAccount: { default: false, type: "boolean" },
            userId: { exclusiveMinimum: 0, maximum: 9007199254740991, type: "integer" },
          },
          required: ["userId", "accountNumber"],
          type: "object",
        },
        KeepAccount: { properties: { reason: { type: "string" } }, required: ["reason"], type: "object" },
        SuspendAccount: { properties: {}, type: "object" },
      },
    },
  },
  events: {
    AccountChanged: {
      schema: {
        properties: {
          status: {
            enum: [
              "ACCOUNT_CREATED",
              "ACCOUNT_PENDING",
              "ACCOUNT_CONFIRMED",
              "ACCOUNT_ACTIVE",
              "ACCOUNT_SUSPENDED",
              "ACCOUNT_ARCHIVED",
            ],
            type: "string",
          },
        },
        required: ["status"],
        type: "object",
      },
      version: 1,
    },
  },
  views: {
    accounts: {
      schema: {
        additionalProperties: false,
        properties: {
          accountNumber: { type: "string" },
          createdAt: { maximum: 9007199254740991, minimum: -9007199254740991, type: "integer" },
          defaultAccount: { type: "boolean" },
          lastModified: { maximum: 9007199254740991, minimum: -9007199254740991, type: "integer" },
          status: {
            enum: [
              "ACCOUNT_CREATED",
              "ACCOUNT_PENDING",
              "ACCOUNT_CONFIRMED",
              "ACCOUNT_ACTIVE",
              "ACCOUNT_SUSPENDED",
              "ACCOUNT_ARCHIVED",
            ],
            type: "string",
          },
          userId: { maximum: 9007199254740991, minimum: -9007199254740991, type: "integer" },
        },
        required: ["createdAt", "lastModified", "userId", "accountNumber", "defaultAccount", "status"],
        type: "object",
      },
      version: 1,
    },
    "accounts-per-user": {
      schema: {
        additionalProperties: false,
        properties: {
          accounts: { maximum: 9007199254740991, minimum: -9007199254740991, type: "integer" },
          byStatus: {
            additionalProperties: { maximum: 9007199254740991, minimum: -9007199254740991, type: "integer" },
            propertyNames: {
              enum: [
                "ACCOUNT_CREATED",
                "ACCOUNT_PENDING",
                "ACCOUNT_CONFIRMED",
                "ACCOUNT_ACTIVE",
                "ACCOUNT_SUSPENDED",
                "ACCOUNT_ARCHIVED",
              ],
              type: "string",
            },
            required: [
              "ACCOUNT_CREATED",
              "ACCOUNT_PENDING",
              "ACCOUNT_CONFIRMED",
              "ACCOUNT_ACTIVE",
              "ACCOUNT_SUSPENDED",
              "ACCOUNT_ARCHIVED",
            ],
            type: "object",
          },
          userId: { maximum: 9007199254740991, minimum: -9007199254740991, type: "integer" },
        },
        required: ["userId", "accounts", "byStatus"],
        type: "object",
      },
      version: 1,
    },
  },
});
