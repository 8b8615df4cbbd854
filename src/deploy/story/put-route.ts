import type { Route } from "../../route.ts";
import type { Parts } from "../parts.ts";

/**
 * The app's route becomes this one, of a release that was accepted before; null for none. @throws nginxFailed, badProject
 */
export async function putRoute({ router }: Parts, app: string, route: Route | null): Promise<void> {
  await (route === null
    ? router.remove(app)
    : router.publish([await router.prepare(route, { servedCertificate: true })]));
}
