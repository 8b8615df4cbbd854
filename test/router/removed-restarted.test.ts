import { removedContract } from "./removed-contract.ts";

/* By another Goku on the same folder. */
removedContract((host) => host.restarted());
