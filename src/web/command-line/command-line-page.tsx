import { Anchor, Code, List, Stack, Text, Title } from '@mantine/core';
import { usePageTitle } from '../app/page-title.ts';
import { CopyableCode } from '../words/copyable-code.tsx';

/** `/command-line`: how to get `curfew` onto one's own machine, and what to do with it. */
export function CommandLinePage() {
  usePageTitle('Command line');
  const { origin } = globalThis.location;
  const install = `curl -fsS --create-dirs -o ~/.local/bin/curfew ${origin}/cli/curfew && chmod +x ~/.local/bin/curfew`;
  return (
    <Stack gap="lg" maw={760}>
      <Stack gap={4}>
        <Title order={1}>Command line</Title>
        <Text c="dimmed">kubectl on your own machine, for as long as your session lasts and no longer.</Text>
      </Stack>
      <Step title="Install" code={install}>
        One file, which needs Node.js 22.15 or later and a <Code>PATH</Code> with <Code>~/.local/bin</Code>. Its{' '}
        <Anchor href="/cli/curfew.sha256" inherit underline="always">
          SHA-256
        </Anchor>{' '}
        is what <Code>sha256sum -c</Code> reads.
      </Step>
      <Step title="Sign in" code={`curfew login --server ${origin}`}>
        Opens your browser; where there is none, it shows a code for <Code>{origin}/device</Code>.
      </Step>
      <Step title="Use kubectl" code="curfew kubeconfig">
        Writes a context for every cluster that you reach, without any secret: kubectl asks <Code>curfew</Code> for a
        credential, which ends with your session.
      </Step>
      <Step title="See what is left" code="curfew status --watch">
        Counts down until the session ends.
      </Step>
      <Stack gap="xs" component="section">
        <Title order={2}>Good to know</Title>
        <List size="sm" spacing={4}>
          <List.Item>
            Where a private authority signed for this portal, name its certificate: <Code>--cacert ca.pem</Code> for
            curl, <Code>--ca-file ca.pem</Code> for <Code>curfew login</Code>.
          </List.Item>
          <List.Item>
            <Code>curfew --help</Code> lists the commands, and <Code>curfew completion bash</Code> makes your shell
            complete them.
          </List.Item>
        </List>
      </Stack>
    </Stack>
  );
}

function Step({ title, code, children }: { title: string; code: string; children: React.ReactNode }) {
  return (
    <Stack gap="xs" component="section">
      <Title order={2}>{title}</Title>
      <Text size="sm">{children}</Text>
      <CopyableCode code={code} label={`Copy the command for: ${title}`} />
    </Stack>
  );
}
