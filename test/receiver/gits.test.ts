import { expect, it } from "vitest";
import { createGits, mostGits } from "../../src/receiver/gits.ts";

const many = Array.from({ length: mostGits }, (_, at) => at);

it("counts what each caller has at work, and nothing that has ended or was refused", () => {
  const gits = createGits();
  const atWork = new Set(many);
  many.forEach((at) => gits.begin("ci", () => atWork.has(at)));
  const oneMore = () => gits.begin("ci", () => true);
  expect(oneMore).toThrow(`ci has ${mostGits} pushes and fetches on their way`);
  expect(oneMore).toThrow("nobody may have more");
  gits.begin("alice", () => true);
  atWork.delete(7);
  oneMore();
  expect(oneMore).toThrow("nobody may have more");
  atWork.clear();
  many.slice(1).forEach(oneMore);
  expect(oneMore).toThrow("nobody may have more");
});
