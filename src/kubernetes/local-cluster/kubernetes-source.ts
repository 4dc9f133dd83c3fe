import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readAptSources } from './apt-sources.ts';
import { runCommand } from './command.ts';
import type { CommandOptions } from './command.ts';

/** The last release of Debian whose source of Kubernetes has more than kubectl; its mirrors keep it beside later ones. */
const SOURCE_RELEASE = 'bookworm';
/** What the build script knows how to build. */
const SUPPORTED = /^1\.20\.\d+$/;
/** Libraries of that release that replace two vendored ones, see build-kubernetes.sh. */
const LIBRARIES = ['golang-github-modern-go-reflect2-dev', 'golang-github-json-iterator-go-dev'];

/**
 * Downloads Debian's source of Kubernetes and what the build needs with it into `<workDir>/downloads`, through apt and
 * therefore checked against the machine's keys. The machine's own package lists stay untouched; no root needed.
 *
 * @throws Error in plain words when this release has no Kubernetes that can be built here
 */
export async function downloadKubernetesSource(
  workDir: string,
  codename: string,
  options: Pick<CommandOptions, 'signal' | 'ledger' | 'onLine'>,
): Promise<void> {
  const downloads = join(workDir, 'downloads');
  const apt = join(workDir, 'apt');
  for (const folder of [downloads, join(apt, 'parts'), join(apt, 'lists/partial'), join(apt, 'archives/partial')]) {
    await mkdir(folder, { recursive: true });
  }
  const { stanzas, lines } = await readAptSources(codename);
  const ofSourceRelease = (entries: string): string => entries.replaceAll(codename, SOURCE_RELEASE);
  await writeFile(join(apt, 'parts/machine.sources'), ofSourceRelease(stanzas));
  await writeFile(join(apt, 'parts/machine.list'), ofSourceRelease(lines));

  const run = (...args: string[]): Promise<string> =>
    runCommand('apt-get', [...ownState(apt), ...args], { ...options, cwd: downloads });
  await run('update');
  await run('source', '--download-only', 'kubernetes');
  checkVersion(await readdir(downloads));
  await run('download', ...LIBRARIES);
}

/** apt with lists of its own. */
function ownState(apt: string): string[] {
  const settings = {
    'Dir::Etc::sourcelist': '/dev/null',
    'Dir::Etc::sourceparts': join(apt, 'parts'),
    'Dir::State::lists': join(apt, 'lists'),
    'Dir::Cache': apt,
    // apt would drop to a user who may not read these folders.
    'APT::Sandbox::User': 'root',
  };
  return ['-q', ...Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`])];
}

function checkVersion(files: readonly string[]): void {
  const found = files.flatMap((file) => /^kubernetes_(.*)\.dsc$/.exec(file)?.[1] ?? []);
  if (found.some((version) => SUPPORTED.test(upstreamVersion(version)))) return;
  const what =
    found[0] === undefined ? 'no source of Kubernetes' : `the source of Kubernetes ${upstreamVersion(found[0])}`;
  throw new Error(
    `The mirror has ${what} for Debian "${SOURCE_RELEASE}"; the local cluster is built from 1.20. Start Curfew with --kubeconfig instead.`,
  );
}

/** `1.20.5+really1.20.2-1.1+deb12u1` is 1.20.2. */
function upstreamVersion(debianVersion: string): string {
  return debianVersion
    .replace(/^\d+:/, '')
    .replace(/^.*really/, '')
    .replace(/[^0-9.].*$/, '');
}
