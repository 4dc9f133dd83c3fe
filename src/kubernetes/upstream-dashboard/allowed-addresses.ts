import { lookup } from 'node:dns';
import type { LookupAddress } from 'node:dns';
import { BlockList, isIP } from 'node:net';
import type { LookupFunction } from 'node:net';

/**
 * What a URL that somebody registered in a browser must not lead to: this machine, its links, and the services of clouds
 * that hand out credentials (security, Registering clusters).
 */
const LOCAL = [
  ...['0.0.0.0/8', '127.0.0.0/8', '169.254.0.0/16', '::/96', '::1/128', 'fe80::/10'],
  // What hands out credentials at AWS, Google, Alibaba, Azure and Oracle, where it is not link-local.
  ...['fd00:ec2::/32', 'fd20:ce::254/128', '100.100.100.200/32', '168.63.129.16/32', '192.0.0.192/32'],
  // IPv4 inside of IPv6, which leads to any of these.
  ...['64:ff9b::/96', '64:ff9b:1::/48', '2002::/16'],
];

/** An address that is not connected to. */
export class AddressRefused extends Error {
  readonly code = 'ERR_CURFEW_ADDRESS';
}

/** Decides at connect time, by address, so that no name can come to mean another one in between. */
export class AllowedAddresses {
  readonly #local = blockList(LOCAL);
  readonly #excepted: BlockList;

  /** @param excepted addresses and networks that are allowed all the same, as whoever runs the portal says */
  constructor(excepted: readonly string[]) {
    this.#excepted = blockList(excepted);
  }

  /** @throws AddressRefused where a hostname is an address that is not allowed; names are left to `lookup` */
  requireAllowed(hostname: string): void {
    const address = addressIn(hostname);
    if (isIP(address) !== 0 && !this.#isAllowed(address)) throw new AddressRefused(address);
  }

  /** Whether a hostname is an address that whoever runs the portal excepted, and so one beside it. */
  isExcepted(hostname: string): boolean {
    const address = addressIn(hostname);
    return isIP(address) !== 0 && this.#excepted.check(address, familyOf(address));
  }

  /** `dns.lookup` that finds allowed addresses only. */
  readonly lookup: LookupFunction = (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
      if (error !== null) return callback(error, '', 0);
      const allowed = addresses.filter(({ address }) => this.#isAllowed(address));
      const [first] = allowed;
      if (first === undefined) return callback(new AddressRefused(hostname), '', 0);
      if (options.all === true) return callback(null, allowed);
      callback(null, first.address, first.family);
    });
  };

  #isAllowed(address: string): boolean {
    const family = familyOf(address);
    return !this.#local.check(address, family) || this.#excepted.check(address, family);
  }
}

/** An address of IPv6 stands in brackets in URLs. */
function addressIn(hostname: string): string {
  return hostname.replace(/^\[(.*)\]$/, '$1');
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4';
}

function blockList(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', prefix] = network.split('/');
    const family = familyOf(address);
    list.addSubnet(address, Number(prefix ?? (family === 'ipv6' ? 128 : 32)), family);
  }
  return list;
}
