import { expect, it } from "vitest";
import { tooManyGits } from "../../src/errors.ts";
import { createAtWork, mostAtWork } from "../../src/receiver/at-work.ts";

const many = Array.from({ length: mostAtWork }, (_, at) => at);

it("counts what each caller has at work, and nothing that has ended or was refused", () => {
  const gits = createAtWork(tooManyGits);
  const atWork = new Set(many);
  many.forEach((at) => gits.begin("ci", () => atWork.has(at)));
  const oneMore = () => gits.begin("ci", () => true);
  expect(oneMore).toThrow(`ci has ${mostAtWork} pushes and fetches on their way`);
  expect(oneMore).toThrow("nobody may have more");
  gits.begin("alice", () => true);
  atWork.delete(7);
  oneMore();
  expect(oneMore).toThrow("nobody may have more");
  atWork.clear();
  many.slice(1).forEach(oneMore);
  expect(oneMore).toThrow("nobody may have more");
});
