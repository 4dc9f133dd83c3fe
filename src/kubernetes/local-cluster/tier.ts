/** How much of a cluster runs: only the API (as anybody), or a node too that runs pods (as root). */
export type Tier = 'node' | 'api';
