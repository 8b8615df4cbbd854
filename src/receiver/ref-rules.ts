import { refNotTaken } from "../errors.ts";

/** Where refs have a meaning to git or to Goku, and which. */
const meaningful = {
  "refs/replace/": "git keeps what it would show in the place of other commits",
  "refs/goku/": "Goku keeps branches that it has set aside",
};

/** Refuses refs, branches apart, that are more than a name of something. @throws refNotTaken */
export function mustBeStorable(ref: string): void {
  for (const [space, why] of Object.entries(meaningful)) {
    if (ref.startsWith(space)) {
      throw refNotTaken(ref, space, why);
    }
  }
}
