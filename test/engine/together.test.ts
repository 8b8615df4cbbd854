import { expect, test } from "vitest";
import { together } from "../../src/engine/together.ts";

function counting() {
  const asked: (string | undefined)[] = [];
  const ask = together(async (about?: string) => {
    asked.push(about);
    return asked.length;
  });
  return { asked, ask };
}

test("one question for all who ask for the same at one moment", async () => {
  const { asked, ask } = counting();
  expect(await Promise.all([ask(), ask("run"), ask(), ask("run")])).toEqual([1, 2, 1, 2]);
  expect(asked).toEqual([undefined, "run"]);
});

test("who asks while an answer is on its way gets one of his own", async () => {
  const { asked, ask } = counting();
  const first = ask();
  await Promise.resolve();
  expect(asked).toHaveLength(1);
  const second = ask();
  expect(await Promise.all([first, second])).toEqual([1, 2]);
});

test("a failure is everybody's who asked, and not of those who ask later", async () => {
  let fails = true;
  const ask = together(async () => {
    if (fails) {
      throw new Error("Docker is away");
    }
    return "here";
  });
  const both = await Promise.allSettled([ask(), ask()]);
  expect(both.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  fails = false;
  expect(await ask()).toBe("here");
});
