import type { z } from "zod";

/** What a field has to be, by zod's names of types. */
const things: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "a JSON object",
  map: "a JSON object",
};

/** Says in one sentence what is wrong with the input of a verb, where its schema has no sentence of its own. */
export function wrongInput(verb: string): z.core.$ZodErrorMap {
  return (issue) => {
    const place = (issue.path ?? []).join(".").slice(0, 80);
    const name = place === "" ? `The input of ${verb}` : place;
    switch (issue.code) {
      case "invalid_type":
        return issue.input === undefined
          ? `${name} is missing.`
          : `${name} has to be ${things[issue.expected] ?? issue.expected}.`;
      case "invalid_value":
        return `${name} has to be one of ${issue.values.join(", ")}.`;
      case "too_small":
        return issue.origin === "array"
          ? `${name} has to have at least ${issue.minimum}.`
          : `${name} has to be at least ${issue.minimum}.`;
      case "too_big":
        return `${name} has to be at most ${issue.maximum}.`;
      case "unrecognized_keys":
        return `${name} has no field ${issue.keys.join(", ").slice(0, 80)}.`;
      case "invalid_key":
        // What is wrong with the key of a record is told one level down.
        return issue.issues[0]?.message;
      default:
        return `${name} cannot be understood.`;
    }
  };
}
