import { describe, expect, it } from "vitest";
import { domainsRemove } from "../../src/cli/verbs/domains.ts";

describe("domains", () => {
  it.each([
    [["a.example", "b.example"], "blog has the domains a.example b.example.\n"],
    [[], "blog has only its own host names.\n"],
  ])("that were set: %j", (domains, said) => {
    const answer = { app: "blog", domains, release: null };
    expect(domainsRemove.print(answer, { color: false })).toBe(said);
  });
});
