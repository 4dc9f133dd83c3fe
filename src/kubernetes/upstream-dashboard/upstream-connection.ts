import { request as requestHttp } from 'node:http';
import type { ClientRequest } from 'node:http';
import { request as requestHttps } from 'node:https';
import { Agent, buildConnector } from 'undici';
import type { Dispatcher } from 'undici';
import type { AllowedAddresses } from './allowed-addresses.ts';

const CONNECT_TIMEOUT_MS = 10_000;
const ANSWER_TIMEOUT_MS = 60_000;

/** The ways to all upstreams. Whoever opens them closes them. */
export interface UpstreamConnections {
  readonly dispatcher: Dispatcher;
  /** Begins a request that wants to become a websocket. Not yet sent. @throws AddressRefused */
  startUpgrade(upstream: string, path: string, headers: readonly string[]): ClientRequest;
  close(): Promise<void>;
}

/** @param addresses those that may be connected to; asked at each connection */
export function openUpstreamConnections(addresses: AllowedAddresses): UpstreamConnections {
  const { lookup } = addresses;
  const connector = buildConnector({ timeout: CONNECT_TIMEOUT_MS, allowH2: false, lookup });
  const agent = new Agent({
    connect(options, callback) {
      try {
        addresses.requireAllowed(options.hostname);
      } catch (error) {
        return callback(error as Error, null);
      }
      connector(options, callback);
    },
    pipelining: 1,
    headersTimeout: ANSWER_TIMEOUT_MS,
    // A stream may be silent for as long as its session lives.
    bodyTimeout: 0,
  });
  return {
    dispatcher: agent,
    startUpgrade(upstream, path, headers) {
      const { protocol, hostname, port } = new URL(upstream);
      addresses.requireAllowed(hostname);
      const host = hostname.replace(/^\[(.*)\]$/, '$1');
      const begin = protocol === 'https:' ? requestHttps : requestHttp;
      return begin({ host, port, path, lookup, headers: [...headers], agent: false, timeout: ANSWER_TIMEOUT_MS });
    },
    close: () => agent.destroy(),
  };
}
