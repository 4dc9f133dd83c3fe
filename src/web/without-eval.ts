import { z } from 'zod';

// Zod would try `new Function` to see whether it may compile its checks, and the Content-Security-Policy would report
// that. It looks when a schema is made, so this module comes before every other one.
z.config({ jitless: true });
