import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Each takes a minute and more: what starts late with one of them ends late. The longest first. */
const long = [
  "install.docker",
  "crash-matrix",
  "compose-failures",
  "compose-catalogue",
  "compose",
  "large-push",
  "crash",
  "neighbours",
  "reconcile",
];

/** The order in which vitest starts files; those that are not long in its own order, the largest first. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const at = long.findIndex((name) => moduleId.endsWith(`/${name}.test.ts`));
      return at === -1 ? long.length : at;
    };
    return (await super.sort(files)).sort((one, other) => rank(one) - rank(other));
  }
}
