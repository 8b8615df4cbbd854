import { z } from "zod";
import type { Verb } from "../../src/web/verb.ts";

type Schema = z.core.JSONSchema._JSONSchema;

/** The fields of a verb's input as its schema has them, `?` behind one that may be left out: `app`, `terminal?.rows`. */
export function fieldsOf({ name, input }: Pick<Verb, "name" | "input">): string[] {
  const schema = z.toJSONSchema(input, { io: "input" });
  if (schema.additionalProperties !== false) {
    throw new Error(`${name} takes fields that its schema does not name`);
  }
  return fieldsIn(schema);
}

function fieldsIn(schema: Schema): string[] {
  if (typeof schema === "boolean") {
    return [];
  }
  const { properties = {}, required = [], anyOf = [] } = schema;
  const own = Object.entries(properties).flatMap(([key, inner]) => {
    const field = required.includes(key) ? key : `${key}?`;
    const below = fieldsIn(inner);
    return below.length === 0 ? [field] : below.map((each) => `${field}.${each}`);
  });
  return [...own, ...anyOf.flatMap(fieldsIn)];
}
