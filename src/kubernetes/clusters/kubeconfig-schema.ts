import { z } from 'zod';

const text = z.string();
const base64 = z.string();

const clusterSchema = z.object({
  server: text,
  'certificate-authority': text.optional(),
  'certificate-authority-data': base64.optional(),
  'insecure-skip-tls-verify': z.boolean().optional(),
  'tls-server-name': text.optional(),
  'proxy-url': text.optional(),
  extensions: z.array(z.object({ name: text, extension: z.unknown().optional() })).nullish(),
});

const execSchema = z.object({
  apiVersion: text,
  command: text,
  args: z.array(text).nullish(),
  env: z.array(z.object({ name: text, value: text })).nullish(),
  installHint: text.nullish(),
  provideClusterInfo: z.boolean().nullish(),
});

const userSchema = z.object({
  'client-certificate': text.optional(),
  'client-certificate-data': base64.optional(),
  'client-key': text.optional(),
  'client-key-data': base64.optional(),
  token: text.optional(),
  tokenFile: text.optional(),
  username: text.optional(),
  password: text.optional(),
  exec: execSchema.nullish(),
  'auth-provider': z.unknown().optional(),
});

const contextSchema = z.object({
  cluster: text,
  user: text,
  namespace: text.optional(),
  extensions: z.array(z.object({ name: text, extension: z.unknown().optional() })).nullish(),
});

/** A kubeconfig (`v1`, kind `Config`) as far as Curfew reads it. Unknown fields are ignored, as kubectl does. */
export const kubeconfigFileSchema = z.object({
  clusters: z.array(z.object({ name: text, cluster: clusterSchema })).nullish(),
  users: z.array(z.object({ name: text, user: userSchema.nullish() })).nullish(),
  contexts: z.array(z.object({ name: text, context: contextSchema })).nullish(),
});

export type KubeconfigCluster = z.infer<typeof clusterSchema>;
export type KubeconfigUser = z.infer<typeof userSchema>;
export type KubeconfigExec = z.infer<typeof execSchema>;
