import { expect, test } from "vitest";
import { shownAddress } from "../../src/consul/connection.ts";
import { consulFailure } from "../../src/consul/failure.ts";

test.each([
  ["http://127.0.0.1:8500", "http://127.0.0.1:8500"],
  ["localhost:8500", "http://localhost:8500"],
  ["https://consul.example.org/", "https://consul.example.org"],
  ["https://me:geheim@consul.example.org:8501/proxy/", "https://consul.example.org:8501/proxy"],
])("%s is shown as %s", (address, shown) => {
  expect(shownAddress(address)).toBe(shown);
});

test.each([
  [403, "ACL not found", "unavailable", /refused the token/],
  [401, "Unauthorized", "unavailable", /refused the token/],
  [500, "No cluster leader", "unavailable", /does not answer: No cluster leader\.$/],
  [502, `<html>\n${"x".repeat(5000)}`, "unavailable", /does not answer: <html>\.$/],
  [429, "Too many requests.", "refused", /did not accept this: Too many requests\.$/],
  [409, { Errors: [{ What: "Permission denied" }] }, "unavailable", /refused the token/],
  [409, { Errors: [{ What: "Must provide key" }] }, "refused", /did not accept.*provide key/],
  [500, undefined, "unavailable", /does not answer: internal server error\.$/],
] as const)("an answer of %i %j", (statusCode, body, code, message) => {
  const error = Object.assign(new Error("consul: kv.get: internal server error"), {
    statusCode,
    response: { body, req: { headers: { "x-consul-token": "geheim" } } },
  });
  const failure = consulFailure({ address: "http://c:8500", token: "geheim" }, error);
  expect(failure.code).toBe(code);
  expect(failure.message).toMatch(message);
  expect(failure.cause ?? null).not.toBe(error);
});
