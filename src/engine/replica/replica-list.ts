import type { Replica } from "../../ports.ts";
import type { Listed } from "../container-list.ts";
import { isNamespace, readReplica } from "../labels.ts";

/** The replicas among the instance's containers, each with the address of the namespace it has joined. */
export function readReplicas(containers: readonly Listed[], app?: string): Replica[] {
  const namespaces = new Map(
    containers.filter(({ labels }) => isNamespace(labels)).map((each) => [each.id, each]),
  );
  return containers.flatMap((container) => {
    const replica = readReplica(container.labels);
    if (replica === null || (app !== undefined && replica.app !== app)) {
      return [];
    }
    const { id, name, image, createdAt } = container;
    const namespace = namespaces.get(container.joins ?? "");
    const isReachable = namespace?.running === true;
    const running = container.running && isReachable;
    const restarting = container.restarting && isReachable;
    return [
      {
        ...replica,
        id,
        name,
        image,
        createdAt,
        running,
        restarting,
        address: namespace?.address ?? null,
      },
    ];
  });
}
