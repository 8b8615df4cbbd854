import { expect, it } from "vitest";
import { describeFailure } from "../../../src/engine/build/build-failure.ts";

const step = (name: string, error: string) => ({ name, error, lastLines: ["last"] });

it.each([
  [
    step(
      "[2/3] RUN npm ci",
      'process "/bin/sh -c npm ci" did not complete successfully: exit code: 1',
    ),
    "The build failed at [2/3] RUN npm ci: exit status 1.",
  ],
  [
    step(
      "[3/3] COPY dist /app",
      'failed to compute cache key: failed to calculate checksum of ref moby::abc: "/dist": not found',
    ),
    "The build failed at [3/3] COPY dist /app: the repository has no /dist.",
  ],
  [
    step("[1/2] FROM nosuch", "failed to solve: pull access denied.\nmore"),
    "The build failed at [1/2] FROM nosuch: pull access denied.",
  ],
])("says at which step and why: %j", (failed, message) => {
  expect(describeFailure("unused", failed)).toMatchObject({
    code: "build-failed",
    message,
    details: ["last"],
  });
});

it("says what the builder said where no step failed", () => {
  const message = "failed to solve: dockerfile parse error on line 3: unknown instruction: FOO";
  expect(describeFailure(message, null)).toMatchObject({
    message: "The build failed: dockerfile parse error on line 3: unknown instruction: FOO.",
    details: [],
    hint: undefined,
  });
});

it.each(["", "unable to prepare context: "])(
  "says which folder a compose file names in vain: %j",
  (before) => {
    expect(describeFailure(`${before}path "apps/nothere" not found`, null)).toMatchObject({
      message: "The build failed: the repository has no folder apps/nothere.",
      hint: expect.stringContaining("`build` in the compose file"),
    });
  },
);

it("knows what kills a step", () => {
  const failed = step(
    "[2/2] RUN make",
    'process "make" did not complete successfully: exit code: 137',
  );
  expect(describeFailure("", failed).hint).toMatch(/memory/);
});
