import { removedContract } from "./removed-contract.ts";

/* By the Goku that had made it. */
removedContract(({ router }) => router);
