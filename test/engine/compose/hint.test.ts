import { expect, it } from "vitest";
import { hintFor } from "../../../src/engine/compose/hint.ts";

it.each([
  [
    "error while interpolating services.a.image: required variable TAG is missing a value: set it",
    "Set it and push again: octo config:set shop-main/TAG VALUE",
  ],
  [
    "validating compose.yaml: (root) Additional property redis is not allowed",
    'If redis is a service, it belongs below the line "services:"; else take it out of compose.yaml and push again.',
  ],
  [
    "services.web Additional property imege is not allowed",
    "Try it where the file is: docker compose -f compose.yaml config",
  ],
])("%s", (reason, hint) => {
  expect(hintFor(reason, "compose.yaml", "shop-main")).toBe(hint);
});
