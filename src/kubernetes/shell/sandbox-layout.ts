/** Paths inside the sandbox. */
export const SANDBOX = {
  etc: '/etc',
  home: '/home/curfew',
  kubectl: '/opt/curfew/bin/kubectl',
  /** The socket and the kubeconfig of this shell. */
  session: '/run/curfew',
} as const;

/** Where kubectl finds the API server, on the loopback of the sandbox. */
export const RELAY_PORT = 8001;

/** Who the user is inside; outside it is a uid of its own for each shell. */
export const SANDBOX_UID = 1000;
