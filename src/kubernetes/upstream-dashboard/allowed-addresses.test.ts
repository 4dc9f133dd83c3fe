import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { AddressRefused, AllowedAddresses } from './allowed-addresses.ts';

const addresses = new AllowedAddresses(['127.0.0.1', 'fe80::/64']);

describe('what a registered dashboard may be at', () => {
  it.each([
    ...['127.0.0.2', '0.0.0.0', '169.254.169.254', '100.100.100.200', '168.63.129.16', '192.0.0.192'],
    ...['[::]', '[::1]', '[::ffff:127.0.0.2]', '[::ffff:a9fe:a9fe]', '[::7f00:2]', '[fe80:0:0:1::1]'],
    ...['[fd00:ec2::254]', '[fd00:ec2::23]', '[fd20:ce::254]', '[64:ff9b::a9fe:a9fe]', '[2002:7f00:1::]'],
  ])('not %s', (address) => {
    expect(() => addresses.requireAllowed(address)).toThrow(AddressRefused);
  });

  it.each([
    '127.0.0.1',
    '[fe80::1]',
    '10.0.0.7',
    '192.168.1.1',
    '8.8.8.8',
    '[fd12::1]',
    '[2001:db8::1]',
    'headlamp.tools',
  ])('%s, also where whoever runs the portal excepted it', (address) => {
    expect(() => addresses.requireAllowed(address)).not.toThrow();
  });

  it('names are decided by the addresses that they lead to', async () => {
    const none = promisify(
      new AllowedAddresses([]).lookup as (name: string, options: object, done: () => void) => void,
    );
    await expect(none('localhost', { all: true })).rejects.toThrow(AddressRefused);
    await expect(none('localhost', {})).rejects.toThrow(AddressRefused);
    const lookup = promisify(addresses.lookup as (name: string, options: object, done: () => void) => void);
    expect(await lookup('localhost', { all: true })).toEqual([{ address: '127.0.0.1', family: 4 }]);
  });
});
