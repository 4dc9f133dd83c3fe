import type { Clock, Timer } from '../../../core/clock.ts';
import { serveRelay } from '../relay.ts';
import type { Relay, RelayTarget } from '../relay.ts';
import { RelayChannel } from './relay-channel.ts';
import { RELAY_CHANNELS, readFrames, writeFrame } from './relay-frames.ts';
import type { RelayFrame } from './relay-frames.ts';

/** For how long each side waits for a sign of life of the other. The pod ends itself after that. */
export const RELAY_SILENCE_MS = 30_000;
const PING_EVERY_MS = 10_000;

/** The streams of the exec that the relay in the pod speaks on. */
export interface RelayWire {
  send(bytes: Buffer): void;
  /** Ends it at once. */
  close(): void;
}

/** The portal's end of the relay in a pod. */
export interface PodRelay extends Pick<Relay, 'cut'> {
  receive(chunk: Buffer): void;
  /** Resolves once the relay in the pod has answered; never, where it does not. */
  readonly answered: Promise<void>;
}

/**
 * Serves what comes out of a pod as the session does that the shell belongs to. Every connection of kubectl is a channel
 * on the one wire.
 *
 * @param clock the machine's
 * @param lost called once when the wire brings nothing for too long, or what is no frame
 */
export function openPodRelay(wire: RelayWire, clock: Clock, target: () => RelayTarget, lost: () => void): PodRelay {
  const server = serveRelay(target);
  const channels = new Map<number, RelayChannel>();
  const read = readFrames();
  const answered = Promise.withResolvers<void>();
  let heardAt = clock.now();
  let isCut = false;
  let timer: Timer;

  const send = (frame: Buffer): void => {
    if (!isCut) wire.send(frame);
  };
  const open = (id: number): void => {
    if (channels.has(id) || id >= RELAY_CHANNELS) throw new Error('the relay opened a channel twice');
    const channel = new RelayChannel(id, send, () => channels.delete(id));
    channels.set(id, channel);
    server.accept(channel);
  };
  const act = (frame: RelayFrame): void => {
    if (frame.type === 'ping') return answered.resolve();
    if (frame.type === 'open') return open(frame.channel);
    const channel = channels.get(frame.channel);
    if (channel === undefined) throw new Error('the relay spoke on no channel');
    channel.receive(frame);
  };
  const cut = (): void => {
    if (isCut) return;
    isCut = true;
    timer.dispose();
    wire.close();
    server.cut();
  };
  const lose = (): void => {
    if (isCut) return;
    cut();
    lost();
  };
  const beat = (): void => {
    if (clock.now() - heardAt > RELAY_SILENCE_MS) return lose();
    send(writeFrame('ping', 0));
    timer = clock.setTimer(clock.now() + PING_EVERY_MS, beat);
  };
  beat();
  return {
    answered: answered.promise,
    cut,
    receive(chunk) {
      if (isCut) return;
      heardAt = clock.now();
      try {
        for (const frame of read(chunk)) act(frame);
      } catch {
        // What does not keep to the protocol is not the relay that was put there; nothing is owed to it.
        lose();
      }
    },
  };
}
