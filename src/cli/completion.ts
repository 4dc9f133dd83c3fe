import { PortalError } from '../core/portal-error.ts';

/** Each asks `curfew complete-words` what may come next; where it knows nothing, the shell offers files. */
const SCRIPTS: Readonly<Record<string, string>> = {
  bash: `_curfew() {
  local IFS=$'\\n'
  COMPREPLY=($(curfew complete-words -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _curfew curfew`,
  zsh: `#compdef curfew
_curfew() {
  local -a found
  found=("\${(@f)$(curfew complete-words -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  found=("\${(@)found:#}")
  if (( \${#found} )); then compadd -a found; else _files; fi
}
compdef _curfew curfew`,
  fish: `function __curfew_complete
  set -l words (commandline -opc) (commandline -ct)
  curfew complete-words -- $words[2..-1] 2>/dev/null
end
complete -c curfew -f -a '(__curfew_complete)'
complete -c curfew -n 'string match -qr -- "--(ca-)?file\\$" (commandline -opc)[-1]' -F`,
};

export const SHELLS = Object.keys(SCRIPTS);

/** `curfew completion`: what a shell is to run, so that it completes. @throws PortalError `invalid-request` */
export function completionScript(shell: string): string {
  const script = SCRIPTS[shell];
  if (script === undefined)
    throw new PortalError('invalid-request', `There is no completion for ${shell}, but for ${SHELLS.join(', ')}.`);
  return script;
}
