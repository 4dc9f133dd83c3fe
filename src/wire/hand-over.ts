import { z } from 'zod';
import { HOSTNAME_PATTERN } from './login-request.ts';

/** Where the page is to which DuploCloud's clients send a browser for a token. */
export const HAND_OVER_PATH = '/app/user/verify-token';

/** What a program may call itself: shown to people, so that it can be no sentence. */
export const applicationSchema = z.string().regex(HOSTNAME_PATTERN, 'Give the name of a program');
export const portSchema = z.int().min(1).max(65535);

/** `POST /api/session/hand-over`: a temporary API token for a program that listens on the browser's machine. */
export const handOverSchema = z.object({
  application: applicationSchema.describe('What the program calls itself'),
  port: portSchema.describe('Where it listens on localhost'),
});
